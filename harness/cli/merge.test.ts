/** `nftproof merge` and `run --shard` from outside, without a sandbox. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import type { Result } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { resultText } from '../output/result-store.ts'
import { ownVersion } from '../output/versions.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-merge-'))
  for (const index of [1, 2]) {
    const shard = join(folder, 'shards', `artifact-${index}`, `some-run-${index}`)
    mkdirSync(shard, { recursive: true })
    writeFileSync(join(shard, 'result.json'), resultText(shardResult(index)))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function shardResult(index: number, more: Partial<Result> = {}): Result {
  const id = `s${index}`
  const tables = [table([row(22, 22, OPEN, { kind: 'open' })])]
  const none = { controls: [], sourcePorts: [], handshakes: [], flows: [], problems: [] }
  return result([scenario(tables, { id })], {
    id: `some-run-${index}`,
    versions: { nftproof: ownVersion(), node: '24.0.0', kernel: '6.18', nft: '1.0.6' },
    shard: {
      index,
      count: 2,
      plan: { parts: 2, scenarios: 'a', days: [], options: 'b', split: 'c' },
      parts: [{ part: index - 1, scenario: id }],
      order: [{ scenario: id, ...none, tables: [0] }],
    },
    ...more,
  })
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const merge = (...args: readonly string[]) => nftproof(['merge', ...args], { cwd: folder })

test.each([
  [
    'shards',
    /^nftproof: shards: no result\.json in this folder: name the folder of one run, or latest$/m,
  ],
  ['latest', /^nftproof: no results in results\/runs: .*nftproof run/m],
])('show %s, where no result is: what to name', (path, said) => {
  const { code, err } = nftproof(['show', path], { cwd: folder })
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(said) })
})

describe('nftproof merge', () => {
  test('finds results in a folder, prints and writes the merged result: exit 0', () => {
    const junit = join(folder, 'junit.xml')
    const markdown = join(folder, 'summary.md')
    const { code, out, err } = merge(
      'shards',
      '--reporter',
      `junit=${junit}`,
      '--reporter',
      `markdown=${markdown}`,
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/✔ 2 scenarios of 2 of 2 shards conform: 2 ports probed/)
    expect(out).toMatch(/ result: results\/runs\/20261123T050000Z-merged\/result.json/)
    expect(readFileSync(junit, 'utf8')).toMatch(/<testsuite name="s1"/)
    expect(readFileSync(markdown, 'utf8')).toContain('Merged from 2 of 2 shards.')
    expect(readdirSync(join(folder, 'results/runs'))).toHaveLength(1)
    const shown = nftproof(['show', 'latest', '--quiet'], { cwd: folder })
    expect(shown).toMatchObject({ code: 0, out: `${out.split('\n').at(-3)}\n` })
  })

  test('--reporter json prints only JSON', () => {
    const { out } = merge('shards', '--reporter', 'json', '--no-save')
    expect(JSON.parse(out).merged.problems).toEqual([])
  })

  test('3: a shard is missing', () => {
    const { code, out } = merge('shards/artifact-2', '--no-save')
    expect(code).toBe(3)
    expect(out).toMatch(/^ \? shard 1 of 2 is missing$/m)
  })

  test('3: a result of another version, even an unreadable one', () => {
    const versions = { nftproof: '99.0.0', node: '24.0.0', kernel: '6.18', nft: '1.0.6' }
    const other = { ...shardResult(2, { versions }), somethingNew: true }
    const { code, out } = merge(
      'shards/artifact-1',
      file('newer.json', JSON.stringify(other)),
      '--no-save',
    )
    expect(code).toBe(3)
    expect(out).toMatch(/newer.json: made by nftproof 99.0.0, and this is /)
    expect(out).toMatch(/shard 2 of 2 is missing/)
  })

  test('2: a file that is missing, not a result, or not a shard', () => {
    const plain = resultText(result([scenario([])]))
    for (const [paths, said] of [
      [[file('broken.json', '{')], /broken.json:1:2: not JSON, or incomplete/],
      [[file('other.json', '{}')], /not a result of this version/],
      [['absent.json'], /absent.json: no such file/],
      [
        [file('a.json', plain), file('b.json', plain)],
        /none of a.json, b.json is the result of a shard/,
      ],
    ] as const) {
      const { code, err } = merge(...paths)
      expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(said) })
    }
    mkdirSync(join(folder, 'empty'))
    expect(merge('empty')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no results below/),
    })
    expect(merge().code).toBe(2)
  })

  test('a run without shards merges to itself', () => {
    const whole = result([scenario([table([row(22, 22, OPEN, { kind: 'open' })])])])
    const { code, out } = merge(file('whole.json', resultText(whole)), '--no-save', '--quiet')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^✔ 1 scenario conforms: 1 port probed/),
    })
  })
})

describe('run --shard', () => {
  const list = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    nftproof(['run', '--list', '--times', 'none', ...args], { env })

  test('--list prints the scenarios of the shard; all shards together print every scenario', () => {
    const lines = (out: string) => out.trimEnd().split('\n')
    const shards = [1, 2, 3].map((i) => list(['--shard', `${i}/3`]))
    for (const [i, { code, err }] of shards.entries()) {
      expect(code).toBe(0)
      expect(err).toMatch(
        new RegExp(
          `^nftproof: shard ${i + 1} of 3, by --shard: \\d+ parts of \\d+, in \\d+ of \\d+ scenarios; split by planned probes\n$`,
        ),
      )
    }
    const ids = (out: string) => lines(out).map((line) => line.split(' ')[0])
    const all = new Set(shards.flatMap(({ out }) => ids(out)))
    expect([...all].sort()).toEqual(ids(list([]).out).sort())
  })

  test('the shard is read from the environment and printed, unless an option sets it', () => {
    const env = { JOB_COMPLETION_INDEX: '1', NFTPROOF_SHARDS: '3' }
    const { code, err, out } = list([], env)
    expect(code).toBe(0)
    expect(err).toMatch(
      /^nftproof: shard 2 of 3, by JOB_COMPLETION_INDEX=1 and NFTPROOF_SHARDS=3 \(Kubernetes\)/,
    )
    expect(out).toBe(list(['--shard', '2/3']).out)
    expect(list(['--shard', 'none'], env)).toEqual(list([]))
    expect(list(['--shard', '1/1'], env).err).toMatch(/^nftproof: shard 1 of 1, by --shard/)
  })

  test('2: an incomplete environment, or an invalid shard', () => {
    const half = list([], { JOB_COMPLETION_INDEX: '1' })
    expect(half).toMatchObject({ code: 2, out: '' })
    expect(half.err).toMatch(/NFTPROOF_SHARDS is not \(Kubernetes\): set NFTPROOF_SHARDS/)
    for (const shard of ['0/3', '4/3', 'x'])
      expect({ shard, code: list(['--shard', shard]).code }).toEqual({ shard, code: 2 })
    expect(nftproof(['run', '--list', '--shard', '1/2', '--times', 'absent.json']).code).toBe(2)
  })
})
