/** What `nftproof policy show` does. */
import { policyFacts, renderPolicy } from '../src/report/policy.ts'
import { EXIT } from './failure.ts'
import { say, styleOf } from './output.ts'
import { loadPolicy } from './read.ts'

export function policyCommand(file: string, { json }: { readonly json?: boolean }): number {
  const { policy, warnings } = loadPolicy(file)
  say(
    json
      ? JSON.stringify(policyFacts(policy, warnings), null, 1)
      : renderPolicy(policy, warnings, styleOf(process.stdout)),
  )
  return EXIT.conforms
}
