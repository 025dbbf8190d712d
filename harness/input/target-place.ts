/** Whether a target is a container or an existing namespace. Loads only the table of kinds. */
import { existsSync } from 'node:fs'
import { roleOf, targetParts } from '../../src/target/target-text.ts'

export function namesPlace(argument: string | undefined): boolean {
  if (argument === undefined) return false
  return targetParts(argument, existsSync).some((part) => roleOf(part) === 'place')
}
