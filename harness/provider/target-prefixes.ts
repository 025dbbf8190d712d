/** Whether an argument names a target (a container, a netns, a process). Loads no other module. */
import { existsSync } from 'node:fs'

export const PREFIX = /^(netns|pid|image|dockerfile|compose|container):(.+)$/

/** For one name, or several separated by commas. */
export function namesTarget(argument: string | undefined): boolean {
  if (argument === undefined || existsSync(argument)) return false
  return argument.split(',').some((name) => PREFIX.test(name) && !existsSync(name))
}
