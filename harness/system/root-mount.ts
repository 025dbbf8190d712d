/** Whether `/` is a mount point. It is not in a chroot into a plain folder. */

import { readFileSync } from 'node:fs'

const MOUNTS = '/proc/self/mountinfo' // proc_pid_mountinfo(5): the fifth field is the mount point

/** True if unknown, because there is no /proc. */
export function rootIsMounted(): boolean {
  try {
    return readFileSync(MOUNTS, 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4] === '/')
  } catch {
    return true
  }
}
