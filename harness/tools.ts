/** Finds the system's programs, also where an ordinary user's PATH does not lead. */
import { accessSync, constants } from 'node:fs'
import { EnvironmentFailure } from './failure.ts'

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

export function findTool(name: string): string {
  for (const folder of [...(process.env.PATH ?? '').split(':'), ...ALSO]) {
    const path = `${folder}/${name}`
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  throw new EnvironmentFailure(`${name} was not found`)
}
