/** Lab files from disk. */
import type { LabPlan } from '../src/lab/lab.ts'
import { readLab } from '../src/lab/read.ts'
import { orOther } from './other-kind.ts'
import { FaultyFiles } from './problems.ts'
import { readText, shown } from './text-file.ts'

/** Throws InputFailure with the problems of the file. */
export function loadLab(file: string): LabPlan {
  return orOther(file, ['lab'], () => readLabFile(file))
}

function readLabFile(file: string): LabPlan {
  const reading = readLab(shown(file), readText(file, 'lab'))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return reading.value
}
