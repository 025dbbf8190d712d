/** A declared change from disk (`diff --expect`). */
import { readDelta } from '../../src/compare/delta.ts'
import { readText, shown } from '../system/text-file.ts'
import { orOther, refuseOther } from './other-kind.ts'

/**
 * With the problems of the file, which are reported together with the problems of other files.
 * Throws InputError for a file of another kind.
 */
export function readDeclaredChange(file: string): ReturnType<typeof readDelta> {
  return orOther(file, ['declared-change'], () => {
    const reading = readDelta(readText(file, 'declared change'), shown(file))
    if (!reading.ok) refuseOther(file, ['declared-change'])
    return reading
  })
}
