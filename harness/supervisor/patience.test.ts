import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { PATIENCE } from '../../tools/testing/mark.ts'
import { isLost, type Look, lookAt, NOT_WAITED, usableMs, waitedAfter } from './patience.ts'

const BEFORE: Look = { atMs: 1000, state: 'S', ranMs: 300, queuedMs: 40 }
const after = (more: Partial<Look>): Look => ({ ...BEFORE, atMs: 1050, ...more })

describe('time in which the thread could have answered', () => {
  test.each<[string, Partial<Look>, number]>([
    ['all of it: the thread computed', { state: 'R', ranMs: 350 }, 50],
    ['none: the thread waited for a processor', { state: 'R' }, 0],
    [
      'half of it: the thread computed, then waited for a processor',
      { state: 'R', ranMs: 325 },
      25,
    ],
    ['all of it: the thread slept', {}, 50],
    ['the rest: the thread waited for a processor, then slept again', { queuedMs: 80 }, 10],
    ['none: the thread waited for a processor since before the first look', { queuedMs: 400 }, 0],
    ['all of it: the thread waits for a disk', { state: 'D' }, 50],
    ['none: the thread was stopped', { state: 'T' }, 0],
    ['none: a debugger stopped the thread', { state: 't' }, 0],
    ['little of it: the supervisor itself got no processor', { atMs: 9000 }, 100],
  ])('%s', (_, more, expected) => {
    expect(usableMs(BEFORE, after(more))).toBe(expected)
  })

  test('all of it: the kernel does not report the state of the thread', () => {
    expect(usableMs(undefined, BEFORE)).toBe(50)
    expect(usableMs(BEFORE, undefined)).toBe(50)
  })
})

/** What is known of a thread after `ms` of the clock, in looks that are 50 ms apart. */
function after50(ms: number, step: Partial<Look> & { readonly runs: number }) {
  let [waited, before] = [NOT_WAITED, BEFORE]
  for (let passed = 0; passed < ms; passed += 50) {
    const now = { ...before, ...step, atMs: before.atMs + 50, ranMs: before.ranMs + step.runs }
    waited = waitedAfter(waited, before, now)
    before = now
  }
  return waited
}

describe('a thread that does not answer is lost', () => {
  test.each<[string, Partial<Look> & { readonly runs: number }, number | undefined]>([
    ['after 450 ms: it has a processor to itself', { state: 'R', runs: 50 }, 450],
    ['after 450 ms: it sleeps', { state: 'S', runs: 0 }, 450],
    ['within a second: it has a fifth of a processor', { state: 'R', runs: 10 }, 800],
    ['within a second: it has a tenth', { state: 'R', runs: 5 }, 800],
    ['never: it waits for a processor', { state: 'R', runs: 0 }, undefined],
    ['never: it is stopped', { state: 'T', runs: 0 }, undefined],
  ])('%s', (_, step, expected) => {
    const all = Array.from({ length: 100 }, (__, i) => 50 * (i + 1))
    expect(all.find((ms) => isLost(after50(ms, step)))).toBe(expected)
  })

  test('not for time before it was stopped', () => {
    const computed = after50(400, { state: 'R', runs: 10 })
    const stopped = { ...BEFORE, state: 'T', atMs: 99_000 }
    expect(isLost(waitedAfter(computed, BEFORE, stopped))).toBe(false)
  })
})

describe('the kernel reports of a thread', () => {
  test('that it runs', () => {
    const first = lookAt(process.pid)!
    let last = first
    // Without end where the kernel's figure stands still.
    while (last.ranMs < first.ranMs + 20) last = lookAt(process.pid)!
    expect([first.state, last.state]).toEqual(['R', 'R'])
  })

  test('that it was stopped', async () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    try {
      child.kill('SIGSTOP')
      await expect.poll(() => lookAt(child.pid!)?.state, PATIENCE).toBe('T')
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('nothing after it ended', async () => {
    const child = spawn('true', { stdio: 'ignore' })
    await new Promise((resolve) => child.on('close', resolve))
    expect(lookAt(child.pid!)).toBeUndefined()
  })
})
