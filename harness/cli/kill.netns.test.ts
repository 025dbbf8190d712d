/** Ended by a signal at whatever stage of a run, it leaves nothing behind. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof, startHeld } from '../../tools/testing/command.ts'
import { Hold } from '../../tools/testing/held.ts'
import { PATIENCE } from '../../tools/testing/mark.ts'
import { OwnMachine } from '../../tools/testing/own-machine.ts'
import type { Stage } from '../contract/stage.ts'
import { SUPERVISED } from '../supervisor/watched.ts'

type Signal = 'SIGKILL' | 'SIGINT' | 'SIGTERM'

const QUICK = ['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-90']

/** In the order in which a run reaches them; `handled`: SIGINT and SIGTERM end it with its own code and what is known. */
const STAGES: readonly { stage: Stage; handled: boolean }[] = [
  { stage: 'sandbox spawned', handled: false },
  { stage: 'sandbox entered', handled: false },
  { stage: 'sandbox ready', handled: false },
  { stage: 'signals handled', handled: true },
  { stage: 'open asked', handled: true },
  { stage: 'namespace made', handled: true },
  { stage: 'open answered', handled: true },
  { stage: 'load answered', handled: true },
  { stage: 'attempt done', handled: true },
  { stage: 'sweep answered', handled: true },
  { stage: 'handshake asked', handled: true },
  { stage: 'result half written', handled: false },
  { stage: 'result written', handled: false },
]

/** Its namespaces may not be there yet, or no longer. */
const WITHOUT_SANDBOX: readonly Stage[] = [
  'sandbox spawned',
  'signals handled',
  'result half written',
  'result written',
]

/** What is handled at one stage is handled at the next: each of the two at every other one. */
const CASES = STAGES.flatMap(({ stage, handled }, i) => [
  { stage, handled, signal: 'SIGKILL' as Signal },
  { stage, handled, signal: (i % 2 === 0 ? 'SIGINT' : 'SIGTERM') as Signal },
])

let machine: OwnMachine
let untouched: ReturnType<OwnMachine['remains']>
let out: string
let temporary: string

beforeAll(async () => {
  machine = await OwnMachine.make()
  untouched = machine.remains()
  out = mkdtempSync(join(tmpdir(), 'nftproof-kill-'))
  temporary = mkdtempSync(join(tmpdir(), 'nftproof-kill-tmp-'))
})
afterAll(async () => {
  for (const folder of [out, temporary]) rmSync(folder, { recursive: true, force: true })
  await machine.remove()
})

const isPart = (name: string): boolean => name.startsWith('.part-')

/** Runs that were written, each whole. */
function results(): { interrupted: boolean }[] {
  return readdirSync(out)
    .filter((id) => !isPart(id))
    .map((id) => JSON.parse(readFileSync(join(out, id, 'result.json'), 'utf8')))
}

/**
 * The supervisor kills a command that does not answer a signal at once, which on
 * a machine of another speed is one that has had no turn. What a command does
 * with a signal is therefore looked at without a supervisor.
 */
const isWatched = (stage: Stage, signal: Signal): boolean =>
  // What is half written stays so only if the command itself is killed where it is held.
  signal === 'SIGKILL' && stage !== 'result half written'

async function endedAt(stage: Stage, signal: Signal): Promise<string> {
  const hold = new Hold(stage)
  try {
    const args = [...QUICK, '--out', out]
    const unwatched = isWatched(stage, signal) ? {} : { [SUPERVISED]: '1' }
    const env = { TMPDIR: temporary, ...machine.env, ...unwatched }
    const { child, ended } = await startHeld(hold, args, { env, lead: machine.lead })
    // What is looked for afterwards is there now.
    expect(machine.remains().processes).toContain(`${child.pid}`)
    if (!WITHOUT_SANDBOX.includes(stage)) expect(machine.networks().size).toBeGreaterThan(0)
    child.kill(signal)
    hold.release()
    return await ended
  } finally {
    hold.release()
  }
}

/** The kernel takes a sandbox apart in the background. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => machine.remains(), PATIENCE).toEqual(untouched)
  expect(readdirSync(temporary)).toEqual([])
}

describe('a run that a signal ends leaves nothing behind', () => {
  test.each(CASES)('$signal at "$stage"', async ({ stage, signal, handled }) => {
    const before = results().length
    const code = `exit ${128 + constants.signals[signal]}`
    const end = await endedAt(stage, signal)
    await expectNothingLeft()
    // Every result that is there can be read.
    const written = results()
    if (signal === 'SIGKILL') expect(end).toBe(signal)
    else if (handled) {
      expect(end).toBe(code)
      // The sandbox may not be ready then, and what measured nothing is no result.
      const least = stage === 'signals handled' ? before : before + 1
      expect([least, before + 1]).toContain(written.length)
    } else expect([signal, code]).toContain(end)
  })
})

test('a half-written result is not taken for a result, and the next run removes it', async () => {
  for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true })
  await endedAt('result half written', 'SIGKILL')
  const parts = readdirSync(out)
  expect(parts.map(isPart)).toEqual([true])
  const run = () => nftproof([...QUICK, '--out', out, '--quiet']).code
  // It may be one that is still being written.
  expect(run()).toBe(0)
  expect(readdirSync(out).filter(isPart)).toEqual(parts)
  const longAgo = new Date(0)
  utimesSync(join(out, parts[0]!), longAgo, longAgo)
  expect(run()).toBe(0)
  expect(readdirSync(out).filter(isPart)).toEqual([])
  expect(results()).toHaveLength(2)
})
