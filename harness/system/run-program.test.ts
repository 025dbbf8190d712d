/** Programs that hang, ignore signals or leave children behind are ended in time, and the error names them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProgramError } from './program-error.ts'
import { runProgram } from './run-program.ts'
import { Finished, outputOfSync, runProgramSync } from './run-program-sync.ts'
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
  run(script: string, options?: { timeoutMs?: number; env?: NodeJS.ProcessEnv }): unknown
}

const WAYS: readonly Way[] = [
  { name: 'sync', run: (script, options) => runProgramSync('/bin/sh', ['-c', script], options) },
  { name: 'async', run: (script, options) => runProgram('/bin/sh', ['-c', script], options) },
]

async function errorOf(work: () => unknown): Promise<ProgramError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ProgramError) return error
    throw error
  }
  throw new Error('no error')
}

const WAIT = 'while :; do sleep 1000; done'

describe.each(WAYS)('$name', ({ name, run }) => {
  test.each([
    ['waits', WAIT],
    ['ignores SIGTERM', `trap '' TERM INT HUP; ${WAIT}`],
    ['started others in the background', `sleep 1000 & sleep 1000 & ${WAIT}`],
    [
      'started others in sessions of their own',
      `setsid sleep 1000 & setsid sh -c '${WAIT}' & ${WAIT}`,
    ],
    ['has ended, but others hold its output', 'setsid sleep 1000 & exit 0'],
  ])('a program that %s is stopped with all that it started', async (what, script) => {
    const mark = `${process.pid} ${name} ${what}`
    const env = { ...process.env, [NAME]: mark }
    const error = await errorOf(() => run(script, { timeoutMs: SHORT_MS, env }))
    expect(error.exitCode).toBe(3)
    expect(error.ending).toEqual({ kind: 'timed-out', timeoutMs: SHORT_MS })
    expect(error.message).toMatch(/^sh did not end within 0\.3 s: it was stopped \(sh -c /)
    expect(error.message).toContain(`${TIME_LIMITS}=sh=2`)
    await expect.poll(() => left(mark)).toEqual([])
  })

  test('what it said until then is told, without control characters', async () => {
    const script = `printf 'a\\033[2Jb' >&2; ${WAIT}`
    const error = await errorOf(() => run(script, { timeoutMs: SHORT_MS }))
    expect(error.stderr).toBe('a\\x1b[2Jb')
    expect(error.message).toMatch(/It said:\na\\x1b\[2Jb$/)
  })

  test('a program that is ended by a signal', async () => {
    const error = await errorOf(() => run('kill -KILL $$'))
    expect(error.ending).toEqual({ kind: 'killed', signal: 'SIGKILL' })
    expect(error.message).toMatch(/^sh was ended by SIGKILL .*memory runs out/)
  })

  test('any exit code is for the caller to judge', async () => {
    const finished = await run('echo out; echo err >&2; exit 7')
    expect(finished).toBeInstanceOf(Finished)
    const { status, stdout, stderr } = finished as Finished
    expect([status, stdout, stderr]).toEqual([7, 'out\n', 'err\n'])
  })
})

describe('programs that cannot be started', () => {
  const START: readonly ((program: string) => unknown)[] = [
    (program) => runProgramSync(program, ['x']),
    (program) => runProgram(program, ['x']),
  ]
  test.each(START)('%#', async (start) => {
    const error = await errorOf(() => start(join(folder, 'nothing')))
    expect(error.message).toMatch(/^nothing could not be started: there is no such program/)
    expect(error.exitCode).toBe(3)
  })
})

test('what is not read to the end is no error', async () => {
  const input = 'x'.repeat(1 << 20)
  expect(runProgramSync('/bin/sh', ['-c', 'exit 4'], { input }).status).toBe(4)
  expect((await runProgram('/bin/sh', ['-c', 'exit 4'], { input })).status).toBe(4)
})

test('too much output', async () => {
  const print = () => runProgramSync('/bin/sh', ['-c', 'yes'], { mostBytes: 1000 })
  expect((await errorOf(print)).message).toMatch(/^sh printed more than 1000 bytes/)
})

test('the output of a program that fails is no output', async () => {
  const error = await errorOf(() => outputOfSync('/bin/sh', ['-c', 'echo why >&2; exit 9']))
  expect(error.message).toMatch(/^sh ended with code 9 .*\nIt said:\nwhy$/)
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

  test('grow with what a program has to read', () => {
    expect(timeLimitMs('nft')).toBe(120_000)
    expect(timeLimitMs('nft', 10e6)).toBe(320_000)
    expect(timeLimitMs('uncommon')).toBe(60_000)
    expect(timeLimitMs('ip6tables-legacy-restore')).toBe(120_000)
  })

  test('are set by a variable', () => {
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
        expect(() => timeLimitMs('ip')).toThrow(/is no limit: write PROGRAM=SECONDS/),
      )
    },
  )
})
