/**
 * Kills all processes that a program started, whatever happened to the program. A process group is
 * not enough, because a script may start its own sessions. So every program gets a mark in its
 * environment, which its children inherit.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isMainThread, threadId } from 'node:worker_threads'

const MARK = 'NFTPROOF_CHILD'
const ORIGIN = Math.round(performance.timeOrigin)
let started = 0

/** For the environment of exactly one program. */
export function freshMark(): { readonly [MARK]: string } {
  return { [MARK]: `${process.pid}.${threadId}.${ORIGIN}.${++started}` }
}

/**
 * Programs of the sandbox lead their own process group. Those of the command stay in its group,
 * because the terminal's Ctrl-C is for them too.
 */
export const leadsGroup = !isMainThread

/**
 * A process may start another one while the list is read, so the list is read until nothing new
 * appears.
 */
const MOST_ROUNDS = 50

export function killDescendants(pid: number, mark: Readonly<Record<string, string>>): void {
  kill(leadsGroup ? -pid : pid)
  const wanted = `\0${MARK}=${mark[MARK]}\0`
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = readdirSync('/proc').filter((name) => isMarked(name, wanted))
    if (found.length === 0) return
    for (const name of found) kill(Number(name))
  }
}

/** Environments of dead processes and of other users' processes are not readable. */
function isMarked(name: string, wanted: string): boolean {
  if (!/^\d+$/.test(name)) return false
  try {
    return `\0${readFileSync(`/proc/${name}/environ`, 'latin1')}\0`.includes(wanted)
  } catch {
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
