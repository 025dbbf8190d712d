/** A script that tries to get out of its lab, in every way that is known here: none succeeds, and nothing outside has changed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../testing/command.ts'

const isRoot = process.geteuid?.() === 0
const HOSTILE = new URL('hostile.pl', import.meta.url).pathname
const WORDS = 'the words that nobody else may read'
/** Of a variable that the command has. */
const SECRET = 'CI_JOB_TOKEN'
/** Numbers of descriptors that the command gets from whoever starts it, careless of what it starts. */
const LEAK = 'exec 9>>"$0" 200>>"$0"; exec "$@"'

let folder: string
let outside: string
let target: ChildProcess
let servers: Server[]
let connections = 0
let shared: string
let fifo: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  chmodSync(folder, 0o755)
  outside = join(folder, 'outside')
  for (const path of [outside, at('.git'), at('sub')]) mkdirSync(path, { recursive: true })
  for (const path of ['.git/config', '.env', 'sub/.netrc']) writeFileSync(at(path), WORDS)
  for (const path of ['canary', 'canary.key']) writeFileSync(join(outside, path), WORDS)
  copyFileSync(HOSTILE, at('hostile.pl'))
  writeFileSync(at('quiet.sh'), '#!/bin/sh\nnft add table inet quiet\n')
  spawnSync('mkfifo', [at('pipe')])
  fifo = openSync(at('pipe'), constants.O_RDWR | constants.O_NONBLOCK)
  target = spawn('sleep', ['100000'])
  shared = spawnSync('perl', ['-e', 'print shmget(0, 4096, 0600 | 01000)'], {
    encoding: 'utf8',
  }).stdout
  const paths = [join(outside, 'socket'), at('socket'), `\0${abstract()}`]
  servers = await Promise.all(paths.map(listen))
})

afterAll(() => {
  target.kill('SIGKILL')
  for (const server of servers) server.close()
  spawnSync('perl', ['-e', 'shmctl($ARGV[0], 0, 0)', shared])
  closeSync(fifo)
  rmSync(folder, { recursive: true, force: true })
})

/** In the script's own folder. */
const at = (path: string): string => join(folder, 'own', path)
const abstract = (): string => `nftproof-hostile-${process.pid}`

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}

function environment(): Readonly<Record<string, string>> {
  return {
    FILE: join(outside, 'canary'),
    WORDS,
    SOCKET: join(outside, 'socket'),
    NEAR: join(folder, 'own'),
    ABSTRACT: abstract(),
    PID: `${target.pid}`,
    SHM: shared,
    FIFO: at('pipe'),
    SECRET,
    HOST: 'taken-over',
  }
}

/** Nothing of the test's environment reaches the script but by its own text. */
function writeScript(more: Readonly<Record<string, string>> = {}): void {
  const lines = Object.entries({ ...environment(), ...more }).map(
    ([name, value]) => `$ENV{CANARY_${name}} = ${JSON.stringify(value)};`,
  )
  const text = readFileSync(HOSTILE, 'utf8')
  const [first, ...rest] = text.split('\n')
  writeFileSync(at('hostile.pl'), [first, ...lines, ...rest].join('\n'))
}

const PLACE = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']

function tryAll(...flags: readonly string[]) {
  const args = ['diff', 'script:own/quiet.sh', 'script:own/hostile.pl', ...PLACE, ...flags]
  const { code, err } = nftproof(args, {
    cwd: folder,
    env: { [SECRET]: 'of the job' },
    lead: ['bash', '-c', LEAK, join(outside, 'canary')],
  })
  return { code, err }
}

const WAYS: readonly (readonly string[])[] = isRoot ? [[], ['--rootless']] : [[]]

test.each(WAYS.map((flags) => ({ flags })))(
  'with $flags no attempt succeeds, and nothing outside has changed',
  ({ flags }) => {
    const before = nullDevice()
    writeScript()
    const { code, err } = tryAll(...flags)
    expect(err).toMatch(/REACHED: nothing$/m)
    const attempts = /^.*mount:no.*$/m.exec(err)?.[0].split(',') ?? []
    expect(attempts.length).toBeGreaterThan(80)
    expect(code).toBe(2)
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe(WORDS)
    expect(connections).toBe(0)
    expect(() => readSync(fifo, Buffer.alloc(1))).toThrow(/EAGAIN/)
    expect(target.exitCode ?? target.signalCode).toBe(null)
    expect(readFileSync('/proc/sysvipc/shm', 'utf8')).toMatch(
      new RegExp(`^ *-?\\d+ +${shared} `, 'm'),
    )
    expect(nullDevice()).toEqual(before)
  },
)

function nullDevice() {
  const { mode, uid, gid } = statSync('/dev/null')
  return { mode, uid, gid }
}
