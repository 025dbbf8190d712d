/** Lab files from disk. */
import type { LabPlan } from '../src/lab/lab.ts'
import { readLab } from '../src/lab/read.ts'
import { problemText } from '../src/yaml/problem.ts'
import { InputFailure } from './failure.ts'
import { orOther } from './other-kind.ts'
import { readText, shown } from './text-file.ts'

/** Throws InputFailure with every problem of the file, one a line. */
export function loadLab(file: string): LabPlan {
  return orOther(file, ['lab'], () => readLabFile(file))
}

function readLabFile(file: string): LabPlan {
  const reading = readLab(shown(file), readText(file, 'lab'))
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  return reading.value
}
