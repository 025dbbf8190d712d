import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { PATIENCE } from '../../tools/testing/mark.ts'
import { type Look, lookAt, usableMs } from './patience.ts'

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
