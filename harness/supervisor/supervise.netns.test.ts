/** Signals are obeyed whatever the command is doing: moments are chosen by what it has reached. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { largeRulesets } from '../../tools/bench/large-rulesets.ts'
import { MAIN, SOURCE_MAIN } from '../../tools/testing/command.ts'
import { Hold, type Moment } from '../../tools/testing/held.ts'

/** Far beyond what is promised, for machines that do much else. */
const MOST_MS = 20_000
const folder = mkdtempSync(join(tmpdir(), 'nftproof-supervise-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FEW = { elements: 10, intervals: 10, rules: 4000, verdicts: 10, concatenated: 10 }
/** Two rulesets with so many rules, which differ in one port. */
const pair = (rules: number): string[] =>
  [443, 444].map((port) => {
    const path = join(folder, `${rules}-${port}.nft`)
    const made = largeRulesets({ ...FEW, rules }, port)
    writeFileSync(path, made.find(({ name }) => name === 'rules')!.text)
    return path
  })
const files = pair(4000)
/** Has results soon: the two ports that differ, of one protocol. */
const SMALL = [
  ...['diff', ...pair(10), '--quick', '--family', 'ipv4'],
  ...['--protocol', 'tcp', '--ports', '443,444'],
]
const DIFF = ['diff', ...files, '--quick', '--family', 'ipv4']
/** For stages in which it waits for another program, and which it so reaches soon. */
const WAITING = ['diff', ...pair(400), '--quick', '--family', 'ipv4']

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  said(): string
}

/** `preload`: what the supervised command does before anything else. */
function start(args: readonly string[], preload = '', env: NodeJS.ProcessEnv = {}): Running {
  const guarded = `if (process.env.NFTPROOF_SUPERVISED) { ${preload} }`
  const before =
    preload === '' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(guarded)}`]
  // A built command has its own copy of what a preload imports from the sources.
  const main = preload === STAKED ? SOURCE_MAIN : MAIN
  const child = spawn(process.execPath, [...before, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  )
  return { child, ended, said: () => said }
}

/** Command lines of everything that the process started, and what that started. */
function below(pid: number): string[] {
  return readdirOf(`/proc/${pid}/task`)
    .flatMap((thread) => textOf(`/proc/${pid}/task/${thread}/children`).trim().split(' '))
    .filter((child) => child !== '')
    .flatMap((child) => [
      textOf(`/proc/${child}/cmdline`).replaceAll('\0', ' '),
      ...below(Number(child)),
    ])
}

/** Empty for a process that has ended. */
function readdirOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The process that the supervisor watches. */
function commandOf({ child: { pid } }: Running): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

type Stage = (running: Running) => boolean

const runs =
  (what: RegExp): Stage =>
  ({ child }) =>
    below(child.pid!).some((line) => what.test(line))

/** What a run is held at, so that no look comes too late; and what is waited for then. */
interface At {
  readonly args: readonly string[]
  readonly held?: Moment
  readonly stage: Stage
}

const LISTING = '-j -a -p list ruleset'
const listing = runs(/nft -j -a -p list ruleset/)
const isSweeping: Stage = ({ said }) => said().includes('sweeps of')
const STAGES: Readonly<Record<string, At>> = {
  'reading and inferring': { args: DIFF, stage: runs(/(main\.ts|nftproof\.js) diff/) },
  'setting labs up': { args: DIFF, stage: runs(/sandbox(\/main\.ts|\.js)/) },
  loading: { args: WAITING, held: { calls: 'nft', with: '-f -' }, stage: runs(/nft -f -/) },
  listing: { args: WAITING, held: { calls: 'nft', with: LISTING }, stage: listing },
  planning: {
    args: DIFF,
    // Released first.
    held: { calls: 'nft', with: LISTING },
    stage: (running) => !listing(running),
  },
  sweeping: { args: WAITING, stage: isSweeping },
}

async function reached(running: Running, stage: Stage): Promise<void> {
  while (!stage(running)) {
    if (running.child.exitCode !== null) throw new Error(`it ended before: ${running.said()}`)
    await sleep(5)
  }
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const

describe.each(Object.keys(STAGES))('while %s', (name) => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it', { timeout: 240_000 }, async (signal) => {
    const { args, held, stage } = STAGES[name]!
    const hold = held && new Hold(held)
    const running = start(args, '', hold?.env)
    await hold?.reached(() => (running.child.exitCode === null ? undefined : running.said()))
    if (name === 'planning') hold?.release()
    await reached(running, stage)
    const sent = performance.now()
    running.child.kill(signal)
    expect(await running.ended).toEqual({ code: CODES[signal], signal: null })
    hold?.release()
    expect(performance.now() - sent).toBeLessThan(MOST_MS)
    // It did not go on to what would have come next.
    if (name !== 'sweeping' && name !== 'planning') expect(running.said()).not.toMatch(/sweeps of/)
    expect(running.said()).not.toMatch(/this is a bug/)
  })
})

const AT_STAKE = new URL('../contract/at-stake.ts', import.meta.url).href
const BLOCKED = `(await import('node:fs')).writeSync(2, 'blocked'); for (;;) {}`
const isBlocked: Stage = ({ said }) => said().includes('blocked')

/** The same, when there is something to lose. */
const STAKED = `(await import('${AT_STAKE}')).whenAtStake(() => setImmediate(() => {
  process.stderr.write('blocked', () => { for (;;) {} })
}))`

describe('a command in a busy loop', () => {
  describe.each(['SIGINT', 'SIGTERM'] as const)('is ended by %s', (signal) => {
    test.each([
      ['before anything was measured', BLOCKED, 'before anything was measured'],
      ['after that', STAKED, 'during a computation: no results were kept'],
    ])('%s', async (_, preload, words) => {
      const running = start(SMALL, preload)
      await reached(running, isBlocked)
      running.child.kill(signal)
      expect(await running.ended).toEqual({ code: CODES[signal], signal: null })
      expect(running.said()).toContain(`interrupted by ${signal} ${words}`)
    })
  })

  test('that gets no processor is ended as well, before anything was measured', async () => {
    const running = start(DIFF, BLOCKED)
    await reached(running, isBlocked)
    process.kill(commandOf(running), 'SIGSTOP')
    running.child.kill('SIGINT')
    expect(await running.ended).toEqual({ code: CODES.SIGINT, signal: null })
    expect(running.said()).toContain('interrupted by SIGINT before anything was measured')
  })

  test('ends when its supervisor is killed', async () => {
    const running = start(DIFF, BLOCKED)
    await reached(running, isBlocked)
    running.child.kill('SIGKILL')
    // Its output stays open as long as anything of it lives.
    expect(await running.ended).toEqual({ code: null, signal: 'SIGKILL' })
  })
})

describe('a command that gets no processor, or was stopped', () => {
  async function stopped(): Promise<Running & { wake(): void }> {
    // Only changed rows are traced, so there are results.
    const hold = new Hold('trace asked')
    const running = start(SMALL, '', hold.env)
    await hold.reached(() => (running.child.exitCode === null ? undefined : running.said()))
    const child = commandOf(running)
    process.kill(child, 'SIGSTOP')
    hold.release()
    running.child.kill('SIGINT')
    // More than it has to answer, and more than tells a second signal from the first.
    await sleep(1500)
    return { ...running, wake: () => process.kill(child, 'SIGCONT') }
  }

  test('is not ended, and keeps its results', async () => {
    const running = await stopped()
    running.wake()
    expect(await running.ended).toEqual({ code: CODES.SIGINT, signal: null })
    expect(running.said()).toContain('interrupted before it was done')
    expect(running.said()).not.toContain('during a computation')
  })

  test('ends at once at a second signal', async () => {
    const running = await stopped()
    running.child.kill('SIGINT')
    expect(await running.ended).toEqual({ code: CODES.SIGINT, signal: null })
    expect(running.said()).toContain('during a computation: no results were kept')
  })
})

describe('a command ended from outside', () => {
  test('by SIGKILL, as by the kernel when memory is exhausted: exit 3', async () => {
    const running = start(DIFF, `process.kill(process.pid, 'SIGKILL')`)
    expect(await running.ended).toEqual({ code: 3, signal: null })
    expect(running.said()).toMatch(/was killed by SIGKILL: the system had no memory left/)
  })

  test('by Node at its memory limit: reported as such', async () => {
    const running = start(DIFF, 'process.abort()')
    expect(await running.ended).toEqual({ code: 3, signal: null })
    expect(running.said()).toMatch(/needed more memory than Node allows/)
  })

  const HEAP = '--max-old-space-size=40'
  const FILL = 'const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, i) => ({ i })))'

  test.each([
    [
      'explain',
      ['explain', files[0]!, 'a', 'b', 'tcp/1'],
      /give it less input, or raise the limit/,
    ],
    ['a review', ['request', 'review', 'x.yaml'], /give it less input, or raise the limit/],
    ['run', ['run'], /run fewer scenarios at a time/],
  ])('%s by Node because its heap is full: exit 3, with the remedy', async (_, args, remedy) => {
    const running = start(args, FILL, { NODE_OPTIONS: HEAP })
    expect(await running.ended).toEqual({ code: 3, signal: null })
    expect(running.said()).toMatch(
      /nftproof: was killed by SIG\w+: it needed more memory than Node/,
    )
    expect(running.said()).toMatch(remedy)
  })
})
