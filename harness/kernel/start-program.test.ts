/** A started program has the same surroundings, and its caller gets the same result, as with `spawnSync` of Node. */
import {
  chmodSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Started, type StartOptions, startByNode } from '../system/run-program-sync.ts'
import { startProgram } from './start-program.ts'
import { close } from './syscalls.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-start-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const USUAL: StartOptions = {
  input: undefined,
  outputTo: 'pipe',
  third: undefined,
  env: process.env,
  timeoutMs: 60_000,
  mostBytes: 64 << 20,
  leadsGroup: true,
}

const result = ({ status, signal, stdout, stderr, error }: Started) => ({
  ending: [status, signal],
  printed: [stdout?.toString(), stderr?.toString()],
  error: error && [error.message, (error as NodeJS.ErrnoException).code],
})

/** What both ways give, which is the same. */
function both(program: string, args: readonly string[], options: Partial<StartOptions> = {}) {
  const [ours, nodes] = [startProgram, startByNode].map((start) =>
    result(start(program, args, { ...USUAL, ...options })),
  )
  expect(ours).toEqual(nodes)
  return ours!
}

const sh = (script: string, options: Partial<StartOptions> = {}) =>
  both('/bin/sh', ['-c', script], options)

const ownDescriptors = (): string[] => readdirSync('/proc/self/fd').sort()

const FIRST_31 = 0x7fff_ffffn

describe('a program', () => {
  test('has no ignored, blocked or caught signals', () => {
    // Node ignores SIGPIPE, the 13th.
    expect(readFileSync('/proc/self/status', 'utf8')).toMatch(/^SigIgn:\s*\w*1\w{3}$/m)
    for (const start of [startProgram, startByNode]) {
      const status = `${start('/bin/cat', ['/proc/self/status'], USUAL).stdout}`
      const [ignored, blocked] = ['Ign', 'Blk'].map((name) =>
        BigInt(`0x${new RegExp(`^Sig${name}:\\s*(\\w+)$`, 'm').exec(status)![1]}`),
      )
      // glibc ignores its own two signals, 32 and 33, in what it starts.
      expect([ignored! & FIRST_31, blocked]).toEqual([0n, 0n])
    }
  })

  test('has only the descriptors that it was given', () => {
    const text = join(folder, 'third')
    writeFileSync(text, 'of the third')
    const third = openSync(text, 'r')
    sh('ls /proc/self/fd')
    sh('ls /proc/self/fd', { third, input: 'x' })
    expect(result(startProgram('/bin/sh', ['-c', 'cat <&3'], { ...USUAL, third })).printed[0]).toBe(
      'of the third',
    )
    close(third)
  })

  test.each([true, false])('leads a session of its own only if it should: %s', (leadsGroup) => {
    const script = 'set -- $(cat /proc/$$/stat); test $1 = $6 && echo leads'
    expect(sh(script, { leadsGroup }).printed[0]).toBe(leadsGroup ? 'leads\n' : '')
  })

  test('exits with every code, and is ended by every signal', () => {
    for (const code of [0, 1, 127, 128, 255])
      expect(sh(`exit ${code}`).ending).toEqual([code, null])
    for (const name of ['KILL', 'TERM', 'PIPE', 'SEGV', 'SYS'])
      expect(sh(`ulimit -c 0; kill -${name} $$`).ending).toEqual([null, `SIG${name}`])
  })

  test('reads and prints more than pipes hold, at the same time', () => {
    const input = Buffer.from('a line of text\n'.repeat(300_000))
    const { printed } = sh(`awk '{ print; print > "/dev/stderr" }'`, { input })
    expect(printed).toEqual([input.toString(), input.toString()])
  })

  test('may close its input and its outputs long before it ends', () => {
    const script = 'exec <&- >&- 2>&-; sleep 0.2; exit 3'
    const options = { ...USUAL, input: 'x'.repeat(1 << 20) }
    const started = startProgram('/bin/sh', ['-c', script], options)
    // Node tells of EPIPE, which is left out by every caller.
    expect(result(started)).toEqual({ ending: [3, null], printed: ['', ''], error: undefined })
  })

  test('gets its environment and all its words', () => {
    const env = { A: 'e\u0301', EMPTY: '', 'B-C': 'x=y' }
    expect(both('/usr/bin/env', [], { env }).printed[0]).toBe('A=e\u0301\nEMPTY=\nB-C=x=y\n')
    const words = Array.from({ length: 50_000 }, (_, i) => `word ${i}`)
    expect(both('/usr/bin/printf', ['%s\\n', ...words]).printed[0]).toBe(`${words.join('\n')}\n`)
  })

  test('is searched where it has no path', () => {
    expect(both('true', []).ending).toEqual([0, null])
  })

  test('writes into the descriptor that it is given for both outputs', () => {
    const file = join(folder, 'both')
    const outputTo = openSync(file, 'w')
    const { printed } = sh('echo out; echo err >&2', { outputTo })
    close(outputTo)
    expect(printed).toEqual([undefined, undefined])
    expect(readFileSync(file, 'utf8')).toBe('out\nerr\nout\nerr\n')
  })

  test('that leaves a process with such an output is not waited for longer', () => {
    const outputTo = openSync('/dev/null', 'w')
    const { status, error } = startProgram('/bin/sh', ['-c', 'sleep 60 & exit 5'], {
      ...USUAL,
      outputTo,
      timeoutMs: 50_000,
    })
    close(outputTo)
    expect([status, error]).toEqual([5, undefined])
  })
})

describe('a program that cannot be started', () => {
  test.each([
    ['is missing', 'missing', 'ENOENT'],
    ['is a folder', '', 'EACCES'],
    ['is no program', 'text', 'EACCES'],
    ['has no interpreter', 'script', 'ENOENT'],
  ])('because it %s is an error with its code', (_, name, code) => {
    writeFileSync(join(folder, 'text'), 'text')
    writeFileSync(join(folder, 'script'), '#!/missing/interpreter\n')
    chmodSync(join(folder, 'script'), 0o755)
    expect(both(join(folder, name), []).error?.[1]).toBe(code)
  })

  test('because it has too many words', () => {
    const words = Array.from({ length: 200 }, () => 'x'.repeat(100_000))
    expect(both('/bin/true', words).error?.[1]).toBe('E2BIG')
  })
})

test('no descriptor stays open and no process is left, after success and after every error', () => {
  const before = ownDescriptors()
  const options = { ...USUAL, timeoutMs: 100, mostBytes: 1000 }
  for (const script of ['exit 0', 'sleep 60', 'yes', 'kill -9 $$', 'exec <&-; cat /dev/zero'])
    startProgram('/bin/sh', ['-c', script], { ...options, input: 'x'.repeat(100_000) })
  startProgram(join(folder, 'missing'), [], options)
  startProgram('/bin/true', [], { ...options, third: 9999 })
  expect(ownDescriptors()).toEqual(before)
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
  expect(children.split(' ').filter((pid) => pid && isZombie(pid))).toEqual([])
})

const isZombie = (pid: string): boolean =>
  /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
