/** A tree with the bootstrap, a job that prints its arguments, and a PATH of its own, for the tests of a file. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { findProgram } from '../../harness/system/find-program.ts'

export const TOOLS = ['nft', 'ip', 'unshare', 'setpriv', 'mount']
const FOR_TESTS = ['git', 'iptables-legacy-restore']
/** The folder tools/. */
export const TOOLS_FOLDER = join(import.meta.dirname, '..')
export let root: string
export let bin: string

/** Each test of a file gets a tree with the bootstrap and a job that says what it was given. Call it at the top. */
export function inBootstrapTree(): void {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nftproof-bootstrap-'))
    bin = join(root, 'bin')
    for (const folder of [
      'bin',
      'harness/cli',
      'harness/system',
      'tools/testing',
      'node_modules/.bin',
    ])
      mkdirSync(join(root, folder), { recursive: true })
    copyFileSync(join(TOOLS_FOLDER, 'bootstrap.mjs'), join(root, 'tools/bootstrap.mjs'))
    cpSync(join(TOOLS_FOLDER, 'bootstrap'), join(root, 'tools/bootstrap'), { recursive: true })
    copyFileSync(
      join(TOOLS_FOLDER, '../harness/system/programs.json'),
      join(root, 'harness/system/programs.json'),
    )
    writeFileSync(join(root, 'tools/bootstrap/needed.ts'), NEEDED)
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/node': { version: '24.21.0' } } }),
    )
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}')
    writeFileSync(join(root, 'harness/cli/main.ts'), JOB)
    writeFileSync(join(root, 'tools/testing/all.ts'), JOB)
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'))
    for (const tool of TOOLS) program(tool, 'exit 0')
    chmodSync(root, 0o755)
  })

  // A whole tree of packages may lie there, on a disk that is busy.
  afterEach(() => rmSync(root, { recursive: true, force: true }), 120_000)
}

/** In place of the one that reads the scenarios (bootstrap/needed.test.ts). */
const NEEDED = `const tests = process.argv[2] === 'test' ? ${JSON.stringify(FOR_TESTS)} : []
console.log(JSON.stringify([...${JSON.stringify(TOOLS)}, ...tests]))`

// What it prints says that it can be told.
const JOB = `if (process.env.JOB_WAITS) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => { console.log('told ' + name); process.exit(143) })
  setInterval(() => {}, 1 << 30)
}
console.log(JSON.stringify(process.argv.slice(2)))
if (process.env.JOB_SIGNAL) process.kill(process.pid, process.env.JOB_SIGNAL)
process.exitCode = Number(process.env.JOB_CODE ?? 0)
if (process.env.JOB_SIGNAL) setInterval(() => {}, 1 << 30)
`

export function program(name: string, script: string): void {
  const path = join(bin, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

/** A program that notes how it was called, and then does something. */
export function noting(name: string, script = ''): void {
  program(name, `echo "${name} $*" >> "${join(root, 'calls')}"\n${script}`)
}

export const calls = (): string[] =>
  existsSync(join(root, 'calls'))
    ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
    : []

export function bootstrap(
  args: readonly string[],
  { env = {}, isRoot = true }: { env?: Record<string, string>; isRoot?: boolean } = {},
) {
  // In a user namespace that maps nobody it is not root; it still reaches this project, wherever that lies.
  const lead = isRoot || process.geteuid?.() !== 0 ? [] : [findProgram('unshare'), '--user']
  const command = [...lead, process.execPath, join(root, 'tools/bootstrap.mjs'), ...args]
  const { status, signal, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    env: { PATH: bin, NFTPROOF_PATH_ONLY: '1', ...env },
  })
  return { status, signal, stdout, stderr }
}
