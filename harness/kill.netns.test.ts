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
const QUICK = ['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp']
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

/** Every process of ours inherits this, so that nobody else's are taken for ours. */
const MARK = `NFTPROOF_TEST_MARK=${process.pid}-${Date.now()}`

function traces(temporary: string): Traces {
  const ours = new Set(readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurs(pid)))
  return {
    namespaces: lines('lsns', ['-t', 'net', '-n', '-o', 'NS,PID']).filter((line) =>
      ours.has(line.split(/\s+/)[1]!),
    ),
    links: lines('ip', ['-br', 'link']).map((line) => line.split(/\s+/)[0]!),
    processes: [...ours],
    temporary: readdirSync(temporary),
  }
}

function lines(command: string, args: readonly string[]): string[] {
  const text = execFileSync(command, args, { encoding: 'utf8' })
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .sort()
}

function isOurs(pid: string): boolean {
  try {
    return pid !== `${process.pid}` && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(MARK)
  } catch {
    return false
  }
}

async function settled(before: Traces, temporary: string): Promise<Traces> {
  const deadline = Date.now() + SETTLE_MS
  let now = traces(temporary)
  while (JSON.stringify(now) !== JSON.stringify(before) && Date.now() < deadline) {
    await sleep(50)
    now = traces(temporary)
  }
  return now
}

test(`${ROUNDS * AT_ONCE} runs killed at random moments leave no namespace, link, process or file`, async () => {
  const out = mkdtempSync(join(tmpdir(), 'nftproof-kill-'))
  const temporary = mkdtempSync(join(tmpdir(), 'nftproof-kill-tmp-'))
  try {
    const before = traces(temporary)
    const ends = new Set<string>()
    let seenRunning = false
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          const child = startNftproof([...QUICK, '--out', out], {
            TMPDIR: temporary,
            [MARK.split('=')[0]!]: MARK.split('=')[1]!,
          })
          child.stdout?.resume()
          child.stderr?.resume()
          const ended = new Promise<string>((resolve) =>
            child.on('exit', (code, signal) => resolve(signal ?? `exit ${code}`)),
          )
          await sleep(Math.random() * LONGEST_MS)
          seenRunning ||= traces(temporary).namespaces.length > 0
          child.kill(SIGNALS[(round * AT_ONCE + i) % SIGNALS.length])
          ends.add(await ended)
        }),
      )
      expect(await settled(before, temporary)).toEqual(before)
    }
    // What is looked for was there while they ran.
    expect(seenRunning).toBe(true)
    // Every signal has really ended something.
    expect([...ends]).toEqual(expect.arrayContaining(['SIGKILL', 'exit 130', 'exit 143']))
    for (const id of readdirSync(out)) expect(readdirSync(join(out, id))).toEqual(['result.json'])
  } finally {
    rmSync(out, { recursive: true, force: true })
    rmSync(temporary, { recursive: true, force: true })
  }
})
