import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { PATIENCE } from '../../tools/testing/mark.ts'
import { type Look, lookAt, usableMs } from './patience.ts'

const BEFORE: Look = { atMs: 1000, state: 'S', ranMs: 300, queuedMs: 40 }
const after = (more: Partial<Look>): Look => ({ ...BEFORE, atMs: 1050, ...more })

describe('time in which a thread could have answered', () => {
  test.each<[string, Partial<Look>, number]>([
    ['it computed all the time', { state: 'R', ranMs: 350 }, 50],
    ['it waited for a processor all the time', { state: 'R' }, 0],
    ['it computed for half of the time and waits for a processor', { state: 'R', ranMs: 325 }, 25],
    ['it slept all the time', {}, 50],
    ['it waited for a processor and sleeps again', { queuedMs: 80 }, 10],
    ['its wait for a processor began before the first look', { queuedMs: 400 }, 0],
    ['it waits for a disk', { state: 'D' }, 50],
    ['it was stopped', { state: 'T' }, 0],
    ['a debugger stopped it', { state: 't' }, 0],
    ['the supervisor itself had no turn', { atMs: 9000 }, 100],
  ])('%s', (_, more, expected) => {
    expect(usableMs(BEFORE, after(more))).toBe(expected)
  })

  test('all of it, where the kernel does not say what the thread did', () => {
    expect(usableMs(undefined, BEFORE)).toBe(50)
    expect(usableMs(BEFORE, undefined)).toBe(50)
  })
})

describe('the kernel says of a thread', () => {
  test('that it computes', () => {
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

  test('nothing, once it has ended', async () => {
    const child = spawn('true', { stdio: 'ignore' })
    await new Promise((resolve) => child.on('close', resolve))
    expect(lookAt(child.pid!)).toBeUndefined()
  })
})
