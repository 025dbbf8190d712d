/** Reads lab files from disk. */
import type { LabPlan } from '../../src/lab/lab.ts'
import { readLab } from '../../src/lab/read.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { readText, shown } from '../system/text-file.ts'
import { orOther } from './other-kind.ts'

/**
 * Throws InputError with the errors of the file. `root`: the folder that must contain it, if
 * another file names it.
 */
export function loadLab(file: string, root?: string): LabPlan {
  return orOther(file, ['lab'], () => readLabFile(file, root))
}

function readLabFile(file: string, root: string | undefined): LabPlan {
  const reading = readLab(shown(file), readText(file, 'lab', root))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return reading.value
}
