/** Programs that hang, ignore signals or leave children behind are ended in time, and the error names them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProgram } from '../kernel/start-program.ts'
import { CommandError } from './command-error.ts'
import { type AsyncRunOptions, outputOf, runProgram } from './exec.ts'
import {
  Finished,
  outputOfSync,
  runProgramSync,
  startByNode,
  startProgramsBy,
} from './run-program-sync.ts'
import { TIME_LIMITS, timeLimitMs } from './time-limits.ts'

/** Only programs that wait for ever get so little. */
const SHORT_MS = 300
/** In the environment of all that a test starts. */
const NAME = 'NFTPROOF_TEST_OF'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-programs-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Processes that a test has started and that still run. */
function left(value: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${NAME}=${value}\0`)
    } catch {
      return false
    }
  })
}

interface Way {
  readonly name: string
  start(...given: Parameters<typeof runProgram>): Finished | Promise<Finished>
  output(...given: Parameters<typeof outputOf>): Finished | Promise<Finished>
}

/** As threads of the sandbox start programs. */
const fast = <T>(work: () => T): T => {
  startProgramsBy(startProgram)
  try {
    return work()
  } finally {
    startProgramsBy(startByNode)
  }
}

const WAYS: readonly Way[] = [
  { name: 'sync', start: runProgramSync, output: outputOfSync },
  {
    name: 'posix_spawn',
    start: (...given) => fast(() => runProgramSync(...given)),
    output: (...given) => fast(() => outputOfSync(...given)),
  },
  { name: 'async', start: runProgram, output: outputOf },
]

async function errorOf(work: () => unknown): Promise<CommandError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
  throw new Error('no error')
}

const WAIT = 'while :; do sleep 1000; done'
const HELD = 'sleep 1000 & exit 0'

describe.each(WAYS)('$name', ({ name, start, output }) => {
  const run = (script: string, options?: AsyncRunOptions) =>
    start('/bin/sh', ['-c', script], options)

  test.each([
    ['waits', WAIT],
    ['ignores SIGTERM', `trap '' TERM INT HUP; ${WAIT}`],
    ['started background processes', `sleep 1000 & sleep 1000 & ${WAIT}`],
    [
      'started processes in sessions of their own',
      `setsid sleep 1000 & setsid sh -c '${WAIT}' & ${WAIT}`,
    ],
    ['has ended while other processes hold its output', 'setsid sleep 1000 & exit 0'],
  ])('a program that %s is stopped with all its processes', async (what, script) => {
    const mark = `${process.pid} ${name} ${what}`
    const env = { ...process.env, [NAME]: mark }
    const error = await errorOf(() => run(script, { timeoutMs: SHORT_MS, env }))
    expect(error.exitCode).toBe(3)
    expect(error.ending).toEqual({ kind: 'timed-out', timeoutMs: SHORT_MS })
    expect(error.message).toMatch(/^sh did not end within 0\.3 s: it was stopped \(sh -c /)
    expect(error.message).toContain(`${TIME_LIMITS}=sh=2`)
    await expect.poll(() => left(mark)).toEqual([])
  })

  test('its output until then is reported without control characters', async () => {
    const script = `printf 'a\\033[2Jb' >&2; ${WAIT}`
    const error = await errorOf(() => run(script, { timeoutMs: SHORT_MS }))
    expect(error.stderr).toBe('a\\x1b[2Jb')
    expect(error.message).toMatch(/Its output:\na\\x1b\[2Jb$/)
  })

  test('a program ended by a signal is reported with the signal', async () => {
    const error = await errorOf(() => run('kill -KILL $$'))
    expect(error.ending).toEqual({ kind: 'killed', signal: 'SIGKILL' })
    expect(error.message).toMatch(/^sh was killed by SIGKILL .*memory runs out/)
  })

  test.each([
    ['prints endlessly', 'yes'],
    ['prints endlessly on standard error', 'yes >&2'],
    ['prints too much while other processes hold its output', 'setsid sleep 1000 & yes'],
  ])('a program that %s is stopped', async (what, script) => {
    const mark = `${process.pid} ${name} ${what}`
    const env = { ...process.env, [NAME]: mark }
    const error = await errorOf(() => run(script, { mostBytes: 1000, env }))
    expect(error.ending).toEqual({ kind: 'too-much-output', mostBytes: 1000 })
    expect(error.message).toMatch(
      /^sh printed more than 1,000 bytes, the most that is read of a program: it was stopped/,
    )
    await expect.poll(() => left(mark)).toEqual([])
  })

  test('a program that fails has no result', async () => {
    const error = await errorOf(() => output('/bin/sh', ['-c', 'echo why >&2; exit 9']))
    expect(error.message).toMatch(/^sh ended with code 9 .*\nIts output:\nwhy$/)
  })

  test('arguments are passed unchanged, whatever they contain', async () => {
    const words = ['', ' ', '$(id)', '`id`', '; id', '-x', '*', "'", '"', '\\', '\n', 'ä', '%s']
    const finished = await start('/usr/bin/printf', ['%s\\0', ...words])
    expect(finished.stdout).toBe([...words, ''].join('\0'))
  })

  test('input and output bytes are unchanged', async () => {
    const input = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
    const finished = await start('cat', [], { input })
    expect(finished.bytes.equals(input)).toBe(true)
    const said = await start('/bin/sh', ['-c', 'printf "\\377\\r\\n\\n"'])
    expect([...said.bytes]).toEqual([0xff, 0x0d, 0x0a, 0x0a])
  })

  test('an argument with a NUL character is refused', async () => {
    const error = await errorOf(() => start('cat', ['a\0b']))
    expect(error.message).toMatch(/^cat could not be started: .*NUL character/)
  })

  test('the program gets exactly the given environment', async () => {
    const { stdout } = await start('/usr/bin/env', [], { env: { A: '1' } })
    expect(stdout.replace(/^NFTPROOF_CHILD=.*\n/m, '')).toBe('A=1\n')
  })

  test('without input, standard input is empty', async () => {
    expect((await start('cat', [])).stdout).toBe('')
    expect((await start('cat', [], { input: '' })).stdout).toBe('')
  })

  test('the caller can accept any exit code', async () => {
    const finished = await run('echo out; echo err >&2; exit 7')
    expect(finished).toBeInstanceOf(Finished)
    const { status, stdout, stderr } = finished as Finished
    expect([status, stdout, stderr]).toEqual([7, 'out\n', 'err\n'])
  })
})

describe('a program that cannot be started', () => {
  const START: readonly ((program: string) => unknown)[] = [
    (program) => runProgramSync(program, ['x']),
    (program) => runProgram(program, ['x']),
  ]
  test.each(START)('%#', async (start) => {
    const error = await errorOf(() => start(join(folder, 'nothing')))
    expect(error.message).toMatch(
      /^nothing could not be started: the program or its interpreter does not exist/,
    )
    expect(error.exitCode).toBe(3)
  })
})

test('an error of this process is reported, although it killed the program', () => {
  const error = Object.assign(new Error('pidfd_open'), { code: 'EMFILE' })
  const nothing = { stdout: null, stderr: null }
  startProgramsBy(() => ({ status: null, signal: 'SIGKILL', ...nothing, error }))
  try {
    expect(() => runProgramSync('/bin/true', [])).toThrow(/^true could not be started: /)
  } finally {
    startProgramsBy(startByNode)
  }
})

test('input that is not read to its end is not an error', async () => {
  const input = 'x'.repeat(1 << 20)
  expect(runProgramSync('/bin/sh', ['-c', 'exit 4'], { input }).status).toBe(4)
  expect((await runProgram('/bin/sh', ['-c', 'exit 4'], { input })).status).toBe(4)
})

test('relays get every byte in order and their end, and nothing is buffered', async () => {
  const seen: string[] = []
  const into = (name: string) => ({
    write: (chunk: Uint8Array) => void seen.push(`${name} ${Buffer.from(chunk)}`.trim()),
    end: () => void seen.push(`${name} ends`),
  })
  const relays = { stdout: into('out'), stderr: into('err') }
  const finished = await runProgram('/bin/sh', ['-c', 'echo 1; echo 2 >&2; exit 6'], { relays })
  expect([finished.status, finished.stdout, finished.stderr]).toEqual([6, '', ''])
  expect(seen.sort()).toEqual(['err 2', 'err ends', 'out 1', 'out ends'])
})

test('relays end when the program is stopped', async () => {
  const ended: string[] = []
  const into = (name: string) => ({ write: () => {}, end: () => void ended.push(name) })
  const relays = { stdout: into('out'), stderr: into('err') }
  const options = { relays, timeoutMs: SHORT_MS }
  await errorOf(() => runProgram('/bin/sh', ['-c', HELD], options))
  expect(ended.sort()).toEqual(['err', 'out'])
})

test('execa prints nothing and handles no signals', async () => {
  const url = new URL('exec.ts', import.meta.url).href
  const code = `const { runProgram } = await import(${JSON.stringify(url)})
const count = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'].map((name) => process.listenerCount(name))
const relays = { stdout: { write: () => console.log(count().join()), end() {} }, stderr: { write() {}, end() {} } }
const { status } = await runProgram('/bin/sh', ['-c', 'echo; exit 5'], { relays })
console.log(status)`
  const env = { ...process.env, NODE_DEBUG: 'execa' }
  const args = ['--input-type=module', '-e', code]
  const { stdout, stderr } = await runProgram(process.execPath, args, { env })
  expect([stdout, stderr]).toEqual(['0,0,0,0\n5\n', ''])
})

describe('time limits', () => {
  const asked = (text: string, work: () => void): void => {
    process.env[TIME_LIMITS] = text
    try {
      work()
    } finally {
      delete process.env[TIME_LIMITS]
    }
  }

  test('grow with the input of the program', () => {
    expect(timeLimitMs('nft')).toBe(120_000)
    expect(timeLimitMs('nft', 10e6)).toBe(320_000)
    expect(timeLimitMs('uncommon')).toBe(60_000)
    expect(timeLimitMs('ip6tables-legacy-restore')).toBe(120_000)
  })

  test('can be set by a variable', () => {
    asked('nft=600, vagrant up=7200,git=0.5', () => {
      expect(timeLimitMs('nft', 10e6)).toBe(600_000)
      expect(timeLimitMs('vagrant up')).toBe(7_200_000)
      expect(timeLimitMs('git')).toBe(500)
      expect(timeLimitMs('ip')).toBe(60_000)
    })
  })

  test.each(['nft', 'nft=', 'nft=x', 'nft=0', '=4', 'nft=-1', 'nft=1;rm'])(
    '%s is refused',
    (text) => {
      asked(text, () =>
        expect(() => timeLimitMs('ip')).toThrow(/is not a limit: write PROGRAM=SECONDS/),
      )
    },
  )
})
