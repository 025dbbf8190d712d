/** The doctor on this machine, and on this machine with something taken away. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ended, nftproof } from '../../tools/testing/command.ts'
import { EVERY_RUN, findProgram } from '../system/find-program.ts'
import type { Check } from './check.ts'

const ROOT = join(import.meta.dirname, '../..')
const TOOLS = [...EVERY_RUN, 'sh', 'env', 'cat', 'mkdir', 'true', 'test'] as const
let folder: string
let bin: string

/** A folder with links to the programs, to be used as the whole PATH. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-doctor-'))
  bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const tool of TOOLS) symlinkSync(findProgram(tool), join(bin, tool))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const only = (): Record<string, string> => ({ PATH: bin, NFTPROOF_PATH_ONLY: '1' })

function replace(tool: string, script: string): void {
  rmSync(join(bin, tool))
  writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, tool), 0o755)
}

/** The named check of a doctor's JSON. */
function check({ out }: Ended, name: string): Check | undefined {
  return (JSON.parse(out) as Check[]).find((one) => one.name === name)
}

test('on a complete machine, every check passes', () => {
  const ended = nftproof(['doctor', '--reporter', 'json'], { env: only() })
  const checks = JSON.parse(ended.out) as Check[]
  expect(checks.filter(({ status }) => status === 'missing')).toEqual([])
  expect(ended.code).toBe(0)
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['kernel', ...TOOLS.slice(0, 5), 'netfilter', 'packet sockets']),
  )
})

test('the text marks every line, and the last line is the verdict', () => {
  const { code, out } = nftproof(['doctor'])
  const lines = out.trimEnd().split('\n')
  expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: 'nftproof run works here.' })
  for (const line of lines.slice(0, -2)) expect(line).toMatch(/^([✔!✘] | {25}→ )/)
})

describe('exit 3, with a remedy', () => {
  const packages: [string, string][] = [
    ['nft', 'nftables'],
    ['ip', 'iproute2'],
    ['unshare', 'util-linux'],
    ['setpriv', 'util-linux'],
    ['mount', 'mount'],
  ]

  test.each(packages)('without %s: install %s', (tool, name) => {
    rmSync(join(bin, tool))
    const ended = nftproof(['doctor', '--reporter', 'json'], { env: only() })
    expect(ended.code).toBe(3)
    expect(check(ended, tool)).toEqual({
      name: tool,
      status: 'missing',
      found: 'not found',
      remedy: expect.stringContaining(`${tool} was not found: install the package ${name}`),
    })
  })

  test('an nft that is too old', () => {
    replace('nft', 'echo "nftables v0.9.8 (E.D.S.)"')
    const ended = nftproof(['doctor', '--reporter', 'json'], { env: only() })
    expect({ code: ended.code, ...check(ended, 'nft') }).toMatchObject({
      code: 3,
      found: 'nftables v0.9.8 (E.D.S.)',
      remedy: 'use nft 1.0.2 or later',
    })
  })

  test('a program that cannot be run', () => {
    replace('ip', 'exit 4')
    const ended = nftproof(['doctor', '--reporter', 'json'], { env: only() })
    expect({ code: ended.code, ...check(ended, 'ip') }).toMatchObject({
      code: 3,
      found: 'reports no version',
    })
  })

  test('a kernel that refuses the ruleset', () => {
    replace(
      'nft',
      '[ "$1" = --version ] && { echo "nftables v1.0.6"; exit 0; }\necho "Error: Could not process rule: No such file or directory" >&2; exit 1',
    )
    const ended = nftproof(['doctor', '--reporter', 'json'], { env: only() })
    expect({ code: ended.code, ...check(ended, 'netfilter') }).toMatchObject({
      code: 3,
      found: 'Error: Could not process rule: No such file or directory',
      remedy: expect.stringContaining('modprobe'),
    })
  })

  test('forbidden namespaces', () => {
    const ended = nftproof(['doctor', '--reporter', 'json'], { lead: forbidding('user', 'net') })
    expect(ended.code).toBe(3)
    const found = (JSON.parse(ended.out) as Check[]).filter((c) => c.name.startsWith('sandbox'))
    expect(found[0]).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('No space left on device'),
      remedy: expect.stringMatching(/max_(user|net)_namespaces=15000/),
    })
    expect(check(ended, 'netfilter')).toBeUndefined()
  })

  test('koffi without its native part', () => {
    const main = withBrokenKoffi()
    const ended = nftproof(['doctor', '--reporter', 'json'], { main })
    expect({ code: ended.code, ...check(ended, 'packet sockets') }).toMatchObject({
      code: 3,
      found: expect.stringContaining('Cannot find the native Koffi module'),
      remedy: expect.stringContaining('npm ci'),
    })
  })
})

test('forbidden user namespaces are a warning as root', () => {
  const ended = nftproof(['doctor', '--reporter', 'json'], { lead: forbidding('user') })
  expect({ code: ended.code, ...check(ended, 'sandbox without root') }).toMatchObject({
    code: 0,
    status: 'warning',
    remedy: expect.stringContaining('user.max_user_namespaces'),
  })
})

/** Command in whose user namespace no more namespaces of these kinds can be made. */
function forbidding(...kinds: readonly string[]): string[] {
  const enter = ['--user', '--map-root-user', '--mount', '--pid', '--fork', '--mount-proc']
  const writes = kinds.map((kind) => `echo 0 > /proc/sys/user/max_${kind}_namespaces`)
  return ['unshare', ...enter, 'sh', '-c', `${writes.join('; ')}; exec "$@"`, 'sh']
}

/** The command in a tree whose koffi fails as it does where its native part is missing. */
function withBrokenKoffi(): string {
  const packages = join(folder, 'node_modules')
  for (const part of ['harness', 'src'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  mkdirSync(join(packages, 'koffi'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'koffi') symlinkSync(join(ROOT, 'node_modules', name), join(packages, name))
  const failing = "throw new Error('Cannot find the native Koffi module; did you bundle it?')"
  writeFileSync(join(packages, 'koffi/index.js'), failing)
  return join(folder, 'harness/cli/main.ts')
}
