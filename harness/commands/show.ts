/** The handler of `nftproof show`. */
import { exitCodeOf } from '../output/exit-code.ts'
import { openReports, type ReportFlags, tell } from '../output/reports.ts'
import { readResult } from '../output/result-store.ts'
import { EXIT } from '../system/errors.ts'

export type ShowFlags = ReportFlags

export async function showCommand(path: string, flags: ShowFlags): Promise<number> {
  const reports = await openReports(flags)
  const result = await readResult(path)
  // GitHub's summary has it from the run itself.
  const allWritten = await tell(reports, { kind: 'run', result }, false)
  const verdict = exitCodeOf(result.status, result.scenarios)
  return verdict === EXIT.conforms && !allWritten ? EXIT.notMeasured : verdict
}
