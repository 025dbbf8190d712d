/**
 * Ends everything that a program started, whatever became of the program. A
 * process group is not enough: a script may start sessions of its own. So every
 * program is marked by its environment, which its children inherit.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isMainThread, threadId } from 'node:worker_threads'

const MARK = 'NFTPROOF_CHILD'
const ORIGIN = Math.round(performance.timeOrigin)
let started = 0

/** For the environment of one program, and of no other. */
export function freshMark(): { readonly [MARK]: string } {
  return { [MARK]: `${process.pid}.${threadId}.${ORIGIN}.${++started}` }
}

/**
 * Programs of the sandbox lead a group of their own. Those of the command stay
 * in its group: the terminal's Ctrl-C is for them too.
 */
export const leadsGroup = !isMainThread

/** A process may start another one while the list is read: it is read again until nothing new is there. */
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

/** Dead processes, and those of other users, have no environment for us. */
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
    // It has ended meanwhile.
  }
}
