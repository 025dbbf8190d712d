/** What becomes of a ruleset that cannot be loaded: whose fault it was, and where. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkInSandbox } from '../sandbox/check-ruleset.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { explain, loadRuleset, RulesetError } from './nft.ts'

const ROOTLESS = ['unshare', '--user', '--map-root-user', '--net']
const OWN_NAMESPACE = mustBeRootless() ? ROOTLESS : ['unshare', '--net']
const BROKEN = 'table inet t {\n\tchain c {\n\t\ttcp dport 99999 accept\n\t}\n}\n'
const RIGHT = 'table inet t {\n\tchain c {\n\t\ttcp dport 22 accept\n\t}\n}\n'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-nft-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function thrownBy(work: () => void): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

/** Loads in a namespace of its own by a program that stands for nft, or by nft itself. */
function listedAfter(text: string, options: string): string {
  const module = new URL('./nft.ts', import.meta.url).href
  const script = `import { loadRuleset } from ${JSON.stringify(module)}
    import { execFileSync } from 'node:child_process'
    loadRuleset(${JSON.stringify(text)}, ${options})
    process.stdout.write(execFileSync(${JSON.stringify(findProgram('nft'))}, ['list', 'ruleset']))`
  const [command, ...lead] = OWN_NAMESPACE
  const args = [...lead, process.execPath, '--input-type=module', '--eval', script]
  const { status, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

function withProgram<T>(nft: string, work: () => T): T {
  const before = { ...process.env }
  writeFileSync(join(folder, 'nft'), nft)
  chmodSync(join(folder, 'nft'), 0o755)
  process.env.PATH = `${folder}:${before.PATH}`
  try {
    return work()
  } finally {
    process.env.PATH = before.PATH
  }
}

describe('a ruleset that nft refuses', () => {
  test('is bad input, reported with line, column and caret', () => {
    const error = thrownBy(() => loadRuleset(BROKEN, { lead: OWN_NAMESPACE, check: true }))
    expect(error).toBeInstanceOf(RulesetError)
    expect(error).toBeInstanceOf(InputError)
    expect((error as RulesetError).position).toEqual({ line: 3, column: 13 })
    expect(error.message).toMatch(/ruleset:3:13-17: Error: .*\n\s+tcp dport 99999 accept\n\s+\^+/)
    expect(error.message.match(/tcp dport 99999 accept/g)).toHaveLength(1)
  })

  test('is quoted where nft itself does not quote', () => {
    const error = explain('/dev/stdin:3:13-17: Error: out of range\n', BROKEN)
    expect(error.message).toBe(
      'nft refuses the ruleset:\nruleset:3:13-17: Error: out of range\n\t\ttcp dport 99999 accept\n\t\t          ^',
    )
  })

  test('is refused by the check in the sandbox too', () => {
    const error = thrownBy(() => checkInSandbox(BROKEN))
    expect(error).toMatchObject({ name: 'RulesetError', position: { line: 3, column: 13 } })
  })

  test('is reported without a reason when nft gives none', () => {
    expect(explain('', RIGHT).message).toMatch(/nft gave no reason/)
  })
})

describe('a machine that cannot load rulesets', () => {
  test('nft is missing', () => {
    const before = { ...process.env }
    Object.assign(process.env, { PATH: folder, NFTPROOF_PATH_ONLY: '1' })
    rmSync(join(folder, 'nft'), { force: true })
    const error = thrownBy(() => loadRuleset(RIGHT))
    Object.assign(process.env, { PATH: before.PATH })
    delete process.env.NFTPROOF_PATH_ONLY
    expect(error).toBeInstanceOf(EnvironmentError)
    expect(error.message).toMatch(/nft was not found/)
  })

  test.each([
    ['is killed', '#!/bin/sh\nkill -KILL $$\n', /nft was killed by SIGKILL \(nft -f -\): .*memory/],
    ['cannot be run', '#!/no/such/shell\n', /nft could not be started/],
    [
      'is not permitted',
      '#!/bin/sh\necho "netlink: Error: cache initialization failed: Operation not permitted" >&2\nexit 1\n',
      /nft cannot load rulesets here: .*Operation not permitted/,
    ],
  ])('nft %s', (_, program, message) => {
    const text = RIGHT.repeat(50_000) // more than a pipe holds, and nobody reads it
    const error = withProgram(program, () => thrownBy(() => loadRuleset(text)))
    expect(error).toBeInstanceOf(EnvironmentError)
    expect(error.message).toMatch(message)
  })

  test('a ruleset too large for an unprivileged transaction is reported as such', () => {
    const rules = Array.from({ length: 20_000 }, (_, i) => `tcp dport ${i} counter accept`)
    const text = `table inet t {\nchain c {\n${rules.join('\n')}\n}\n}\n`
    const error = thrownBy(() => loadRuleset(text, { lead: ROOTLESS }))
    expect(error).toBeInstanceOf(EnvironmentError)
    expect(error.message).toMatch(
      /Message too long\nThe transaction is too large for nft without root, and cannot be divided: run as root/,
    )
  })

  test('the check needs a namespace that cannot be made', () => {
    writeFileSync(
      join(folder, 'unshare'),
      '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n',
    )
    chmodSync(join(folder, 'unshare'), 0o755)
    const error = withProgram('', () => thrownBy(() => checkInSandbox(RIGHT)))
    rmSync(join(folder, 'unshare'))
    expect(error).toBeInstanceOf(EnvironmentError)
    expect(error.message).toMatch(/no namespace could be created: unshare: unshare failed/)
  })
})

test('a valid ruleset is loaded, or only checked with --check', () => {
  expect(listedAfter(RIGHT, '{}')).toContain('tcp dport 22 accept')
  expect(listedAfter(RIGHT, '{ check: true }')).toBe('')
  expect(checkInSandbox(RIGHT)).toBeUndefined()
})
