/** Programs that tests started and that outlive an interrupted run: they are ended before its folder is removed. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Commands put back what they changed when they are asked to end. */
const ASKED_MS = 10_000
const LOOK_MS = 100

/** Ends every process, except this one, that has the folder in its environment. */
export async function endProcessesOf(folder: string): Promise<void> {
  const until = performance.now() + ASKED_MS
  const asked = new Set<number>()
  for (;;) {
    const left = processesOf(folder)
    if (left.length === 0) return
    const isLate = performance.now() > until
    for (const pid of left) if (isLate || !asked.has(pid)) end(pid, isLate ? 'SIGKILL' : 'SIGTERM')
    for (const pid of left) asked.add(pid)
    await sleep(LOOK_MS)
  }
}

function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(folder))
    .map(Number)
    .filter((pid) => pid !== process.pid)
}

/** Empty for processes that have ended, and for those of other users. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended in the meantime.
  }
}
