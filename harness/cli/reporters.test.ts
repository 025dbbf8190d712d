/** Claim: a command tells its result by every reporter that was asked for, each at a place of its own. */
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BLOCKED, result, row, scenario, table, WRONG } from '../../src/report/fixtures.ts'
import { REPORTERS } from '../../src/report/registry.ts'
import { nftproof } from '../../tools/testing/command.ts'

let folder: string
const at = (name: string): string => join(folder, name)
const show = (...args: string[]) => nftproof(['show', 'found.json', ...args], { cwd: folder })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-reporters-'))
  const tables = [table([row(0, 24, BLOCKED, { kind: 'dropped' }), WRONG])]
  const found = result([scenario(tables, { status: 'mismatch' })], { status: 'mismatch' })
  writeFileSync(at('found.json'), JSON.stringify(found))
  writeFileSync(at('one'), '')
  symlinkSync('one', at('link'))
  linkSync(at('one'), at('hard'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the default reporter is terminal', () => {
  expect(show()).toEqual(show('--reporter', 'terminal'))
})

test('all reporters work at once, and the one without a file prints', () => {
  const asked = REPORTERS.flatMap(({ name }) => ['--reporter', `${name}=all.${name}`])
  const { code, out, err } = show(...asked)
  expect({ code, err, out }).toEqual({ code: 1, err: '', out: show().out })
  for (const { name } of REPORTERS)
    expect(readFileSync(at(`all.${name}`), 'utf8').trimEnd()).toBe(
      show('--reporter', name).out.trimEnd(),
    )
})

test('github prints commands that GitHub reads, and no other reporter does', () => {
  const { out } = show('--reporter', 'github')
  expect(out).toMatch(
    /^::error file=p\.yaml,line=3,title=default-egress%3A shop → internet.*::25: expected/,
  )
  for (const name of ['terminal', 'json', 'markdown', 'junit'])
    expect(show('--reporter', name).out).not.toMatch(/^::/m)
})

describe('refused before anything is done', () => {
  test.each([
    [['json', 'junit'], /two reporters cannot write to standard output/],
    [['json=a', 'junit=a'], /two reporters cannot write to a/],
    [['json=a', 'junit=./a'], /two reporters cannot write to \.\/a/],
    [['json=one', 'junit=link'], /two reporters cannot write to link/],
    [['json=one', 'junit=hard'], /two reporters cannot write to hard/],
    [['json', 'junit=/dev/stdout'], /two reporters cannot write to \/dev\/stdout/],
    [['html'], /"html" is not one of terminal, json, junit, markdown, github\n/],
    [['juint'], /is not one of .* github — did you mean "junit"\?\n/],
    [['junit='], /the file name is missing after "junit="/],
    [
      ['json=a', 'junit=no/such/x.xml'],
      /^nftproof: no\/such\/x\.xml could not be written: .*no\/such does not exist/,
    ],
    [['junit=.'], /^nftproof: \. could not be written: it is a folder/],
    [['junit=one/x.xml'], /^nftproof: one\/x\.xml could not be written: one is not a folder/],
  ])('%j', (asked, said) => {
    const { code, out, err } = show(...asked.flatMap((one) => ['--reporter', one]))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(said)
    expect(existsSync(at('a'))).toBe(false)
  })

  test('a report in GITHUB_STEP_SUMMARY is refused, because nftproof appends one there', () => {
    const env = { GITHUB_STEP_SUMMARY: at('one') }
    const args = ['show', 'found.json', '--reporter', 'markdown=one']
    const { code, err } = nftproof(args, { cwd: folder, env })
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/appends to GITHUB_STEP_SUMMARY by default/),
    })
  })
})

test('a run whose report cannot be written measures nothing', () => {
  const args = ['run', '--bundled', 'default-egress', '--reporter', 'junit=no/such/x.xml']
  const { code, out, err } = nftproof(args, { cwd: folder })
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/^nftproof: no\/such\/x\.xml could not be written: [^\n]*\n$/)
})

test('several reports may go to /dev/null', () => {
  expect(show('--reporter', 'json=/dev/null', '--reporter', 'junit=/dev/null').code).toBe(1)
})

test('/dev/stdout is standard output: nothing else is printed there', () => {
  expect(JSON.parse(show('--reporter', 'json=/dev/stdout').out)).toMatchObject({
    status: 'mismatch',
  })
})
