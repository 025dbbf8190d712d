/** The programs of a process group that are running now, to name the one that hangs. */
import { readdirSync, readFileSync } from 'node:fs'
import { safeText } from './safe-text.ts'

/** Node gives its first thread this name. */
const NODE_MAIN = 'MainThread'
const MOST_NAME = 16 // TASK_COMM_LEN, linux/sched.h

/** The names of the group's processes without repetition. Empty if the group does not exist. */
export function programsOf(group: number | undefined): string[] {
  if (group === undefined) return []
  const names = readdirSync('/proc').flatMap((pid) => nameIn(pid, group) ?? [])
  return [...new Set(names)]
}

/** From proc_pid_stat(5): the name in brackets, then state, parent and group. */
function nameIn(pid: string, group: number): string | undefined {
  if (!/^\d+$/.test(pid)) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    if (Number(stat.slice(end + 2).split(' ')[2]) !== group) return undefined
    const name = stat.slice(stat.indexOf('(') + 1, end)
    return name === NODE_MAIN ? 'node' : safeText(name, MOST_NAME)
  } catch {
    return undefined
  }
}
