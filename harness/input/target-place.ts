/** Whether a target has a place of its own (a container, a namespace). Loads nothing but the table of kinds. */
import { existsSync } from 'node:fs'
import { roleOf, targetParts } from '../../src/target/target-text.ts'

export function namesPlace(argument: string | undefined): boolean {
  if (argument === undefined) return false
  return targetParts(argument, existsSync).some((part) => roleOf(part) === 'place')
}
