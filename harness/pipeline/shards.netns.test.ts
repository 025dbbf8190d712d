/** Claim: what ten machines find, each its share, is merged to exactly what one machine finds; so are several labs at once. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Result } from '../../src/result/result.ts'
import { nftproof, startNftproof } from '../../tools/testing/command.ts'
import { timeless } from '../../tools/testing/timeless.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'

const SHARDS = 10
const NARROW = ['--ports', '20-80,580-590', '--quiet']

const head = (title: string): string => `title: "${title}"
requirement: What one machine finds is what many find together.
source: the test
policy: ${SCENARIOS}/policies/zerops.yaml
`

const PROJECTS = `projects:
  shop: { link: shop0, addresses: [10.20.1.10/24, "2001:db8:20:1::10/64"] }
`

/** Whole scenarios, one with several classes, one that takes grants back, and one that is wrong. */
const FILES: Readonly<Record<string, string>> = {
  'plain.yaml': `${head('Plain')}${PROJECTS}sweeps: [{ from: shop, to: internet }]\n`,
  'classes.yaml': `${head('Classes')}generate: { projects: 8, classes: 5, seed: 7 }
at: 2026-06-15
sweeps:
  - { from: "*", to: internet, protocols: [tcp, udp] }
  - { from: p1, to: internet, towards: [198.51.100.25, "2001:db8:25::25"], protocols: [tcp] }
`,
  'wrong.yaml': `${head('Wrong for every class')}generate: { projects: 4, classes: 3, seed: 3 }
at: 2026-06-15
sweeps: [{ from: "*", to: internet, protocols: [tcp], open: { tcp: 25 } }]
`,
}

let folder: string
let whole: Result

/** What one run wrote into a folder of its own. */
const resultIn = (runs: string): Result => resultsIn(runs)[0]!

const resultsIn = (runs: string): Result[] =>
  readdirSync(join(folder, runs)).map((id) =>
    JSON.parse(readFileSync(join(folder, runs, id, 'result.json'), 'utf8')),
  )

const runArgs = (out: string, ...more: readonly string[]): string[] => [
  'run',
  ...Object.keys(FILES).map((name) => name.replace('.yaml', '')),
  join(SCENARIOS, 'grants/revocation-cut.yaml'),
  ...['--scenarios', join(folder, 'scenarios'), '--out', join(folder, out)],
  ...NARROW,
  ...['--root', '/'],
  ...more,
]

async function start(args: readonly string[]): Promise<number | null> {
  const child = startNftproof(args)
  child.stdout?.resume()
  child.stderr?.resume()
  const [code] = await once(child, 'close')
  return code
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-shards-'))
  mkdirSync(join(folder, 'scenarios'))
  for (const [name, text] of Object.entries(FILES))
    writeFileSync(join(folder, 'scenarios', name), text)
  expect(await start(runArgs('whole', '--shard', 'none', '--jobs', '1'))).toBe(1)
  whole = resultIn('whole')
  const shards = Array.from({ length: SHARDS }, (_, i) =>
    start(runArgs('shards', '--shard', `${i + 1}/${SHARDS}`, '--times', 'none')),
  )
  // Each tells of itself: some have what is wrong, some have not.
  expect([...new Set(await Promise.all(shards))].sort()).toEqual([0, 1])
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('ten shards, each a process of its own', () => {
  test('divide the scenarios with classes among them', () => {
    const parts = resultsIn('shards').flatMap(({ shard }) =>
      shard!.parts.map(({ scenario, class: number }) => ({
        scenario,
        number,
        shard: shard!.index,
      })),
    )
    const shardsOf = (id: string) =>
      new Set(parts.filter(({ scenario }) => scenario === id).map(({ shard }) => shard))
    expect(shardsOf('classes').size).toBeGreaterThan(1)
    expect(shardsOf('wrong').size).toBeGreaterThan(1)
    expect(shardsOf('plain').size).toBe(1)
    expect(parts.filter(({ scenario }) => scenario.endsWith('revocation-cut'))).toHaveLength(1)
  })

  test('merge to exactly the result of one machine, including evidence', () => {
    const merged = nftproof(merge('merged', 'shards'))
    expect({ code: merged.code, err: merged.err }).toEqual({ code: 1, err: '' })
    const result = resultIn('merged')
    expect(timeless(result)).toEqual(timeless(whole))
    expect(result.merged).toMatchObject({
      count: SHARDS,
      missing: [],
      duplicated: [],
      problems: [],
    })
    const wrong = result.scenarios.flatMap(({ tables }) =>
      tables.flatMap(({ rows }) => rows.filter(({ verdict }) => verdict === 'mismatch')),
    )
    // One for each sweep of the scenario "wrong".
    expect(wrong).toHaveLength(32)
    expect(wrong.filter(({ evidence }) => evidence === undefined)).toEqual([])
  })

  test('never pass when one is missing or there twice', () => {
    const [good] = resultsIn('shards').filter(({ status }) => status === 'conforms')
    const path = join(folder, 'shards', good!.id)
    const twice = nftproof(['merge', path, path, '--no-save', '--quiet'])
    expect(twice.code).toBe(3)
    expect(twice.out).toMatch(new RegExp(`shard ${good!.shard!.index} of 10: 2 results:`))
    expect(twice.out).toMatch(/of 10 are missing/)
  })
})

test('several labs at once give the same result as one at a time', async () => {
  expect(await start(runArgs('jobs', '--shard', 'none', '--jobs', '4'))).toBe(1)
  expect(timeless(resultIn('jobs'))).toEqual(timeless(whole))
})

function merge(out: string, ...from: readonly string[]): string[] {
  return ['merge', ...from.map((name) => join(folder, name)), '--out', join(folder, out), '--quiet']
}
