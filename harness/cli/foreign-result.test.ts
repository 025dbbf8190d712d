/** Claim: a result that somebody changed ends `show`, `merge` and `matrix` with 2 and a place, whatever was changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import type { Result } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { resultText } from '../output/result-store.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-foreign-'))
  writeFileSync(join(folder, 'good.json'), GOOD)
})
afterAll(() => rmSync(folder, { recursive: true }))

const GOOD = resultText(
  result([scenario([table([row(20, 30, OPEN, { kind: 'open' })])])]) as Result,
)
const lineOf = (text: string, wanted: string): number =>
  text.slice(0, text.indexOf(wanted)).split('\n').length
const TO = lineOf(GOOD, '"to": 30')

const COMMANDS: string[][] = [
  ['show', 'bad.json'],
  ['merge', 'bad.json', '--no-save'],
  ['matrix', '--target', 'x=result:good.json', '--target', 'y=result:bad.json'],
]

describe.each(COMMANDS)('%s', (...args) => {
  test.each([
    [
      'a range that ends before it begins',
      '"to": 30',
      '"to": 19',
      `${TO}:14: .*must not be less than "from"`,
    ],
    ['a port above 65535', '"to": 30', '"to": 65536', `${TO}:14: `],
    ['a missing comma', '"to": 30,', '"to": 30', `${TO + 1}:\\d+: not JSON, .*a comma`],
    ['a no-break space', '"to": 30', '"to":\u00a030', `${TO}:13: not JSON, .*a value`],
  ])('%s', (_, old, young, said) => {
    expect(GOOD).toContain(old)
    writeFileSync(join(folder, 'bad.json'), GOOD.replace(old, young))
    const { code, out, err } = nftproof(args, { cwd: folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(new RegExp(`bad\\.json:${said}`))
  })

  test('a result without the files that were read is reported as one of an older version', () => {
    const { tested: _, ...older } = JSON.parse(GOOD)
    writeFileSync(join(folder, 'bad.json'), JSON.stringify(older, null, 1))
    const { code, out, err } = nftproof(args, { cwd: folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /bad\.json:1:1: not a result of this version of nftproof: at tested: is missing: .* run the command again/,
    )
  })

  test('a result of a later version', () => {
    writeFileSync(join(folder, 'bad.json'), GOOD.replace('"version": 2', '"version": 3'))
    const { code, out, err } = nftproof(args, { cwd: folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /bad\.json:3:13: .* at version: is 3: this nftproof reads 1 and 2: update nftproof/,
    )
  })

  test('the error about a file that is not a result quotes nothing from it', () => {
    writeFileSync(join(folder, 'bad.json'), 'root:hunter2-canary:0:0\n')
    const { code, out, err } = nftproof(args, { cwd: folder })
    expect(code).toBe(2)
    expect(`${out}${err}`).not.toMatch(/hunter2|root:/)
  })
})

describe('a result of version 1 is read', () => {
  const OLDER = GOOD.replace('"version": 2', '"version": 1')
  const places = { controls: [], tables: [0], sourcePorts: [], handshakes: [] }
  const digest = '0'.repeat(64)
  const shard = {
    index: 1,
    count: 1,
    plan: { parts: 1, scenarios: digest, days: [], options: digest, split: digest },
    parts: [{ part: 0, scenario: JSON.parse(OLDER).scenarios[0].id }],
    order: [{ scenario: JSON.parse(OLDER).scenarios[0].id, ...places, flows: [], problems: [] }],
  }
  beforeAll(() => {
    writeFileSync(join(folder, 'older.json'), OLDER)
    writeFileSync(join(folder, 'shard.json'), JSON.stringify({ ...JSON.parse(OLDER), shard }))
  })
  const json = (...args: readonly string[]) => {
    const { out, err } = nftproof([...args, '--reporter', 'json'], { cwd: folder })
    expect(out, err).toMatch(/^\{/)
    return JSON.parse(out)
  }

  test('by show, unchanged', () => {
    expect(json('show', 'older.json')).toEqual(JSON.parse(OLDER))
  })

  test('by merge, which writes version 2', () => {
    expect(json('merge', 'shard.json', '--no-save')).toMatchObject({
      version: 2,
      status: 'conforms',
    })
  })

  test('by matrix, together with one of version 2', () => {
    const places = ['--on', 'x=result:good.json', '--on', 'y=result:older.json']
    expect(json('matrix', ...places)).toMatchObject({ version: 2, status: 'same' })
  })
})
