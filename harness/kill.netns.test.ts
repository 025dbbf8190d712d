/** Killed at any moment, by any signal, it leaves nothing behind. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startNftproof } from './testing/command.ts'

const SIGNALS = ['SIGKILL', 'SIGINT', 'SIGTERM'] as const
const ROUNDS = 10
const AT_ONCE = 5
/** A whole run takes less than this, so that some are killed while they write their result. */
const LONGEST_MS = 2600
/** The kernel takes namespaces apart in the background. */
const SETTLE_MS = 5000

interface Traces {
  readonly namespaces: string[]
  readonly links: string[]
  readonly processes: string[]
  readonly temporary: string[]
}

function traces(): Traces {
  const lines = (command: string, args: readonly string[]): string[] =>
    execFileSync(command, args, { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .sort()
  return {
    namespaces: lines('lsns', ['-t', 'net', '-n', '-o', 'NS']),
    links: lines('ip', ['-br', 'link']).map((line) => line.split(/\s+/)[0]!),
    processes: readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurs(pid)),
    temporary: readdirSync(tmpdir())
      .filter((name) => !name.startsWith('node-compile-cache'))
      .sort(),
  }
}

function isOurs(pid: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return /harness\/(sandbox\/main|cli\/main)/.test(command)
  } catch {
    return false
  }
}

async function settled(before: Traces): Promise<Traces> {
  const deadline = Date.now() + SETTLE_MS
  let now = traces()
  while (JSON.stringify(now) !== JSON.stringify(before) && Date.now() < deadline) {
    await sleep(50)
    now = traces()
  }
  return now
}

test(`${ROUNDS * AT_ONCE} runs killed at random moments leave no namespace, link, process or file`, async () => {
  const out = mkdtempSync(join(tmpdir(), 'nftproof-kill-'))
  try {
    const before = traces()
    const ends = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          const child = startNftproof([
            'run',
            'default-egress',
            '--family',
            'ipv4',
            '--protocol',
            'tcp',
            '--out',
            out,
          ])
          child.stdout?.resume()
          child.stderr?.resume()
          const ended = new Promise<string>((resolve) =>
            child.on('exit', (code, signal) => resolve(signal ?? `exit ${code}`)),
          )
          await sleep(Math.random() * LONGEST_MS)
          child.kill(SIGNALS[(round * AT_ONCE + i) % SIGNALS.length])
          ends.add(await ended)
        }),
      )
      expect(await settled(before)).toEqual(before)
    }
    // Every signal has really ended something.
    expect([...ends]).toEqual(expect.arrayContaining(['SIGKILL', 'exit 130', 'exit 143']))
    for (const id of readdirSync(out)) expect(readdirSync(join(out, id))).toEqual(['result.json'])
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})
