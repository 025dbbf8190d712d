/** The handler of `nftproof policy show`. */
import { policyFacts, renderPolicy } from '../../src/report/policy.ts'
import { renderZonePolicy, zonePolicyFacts } from '../../src/report/zone-policy.ts'
import { isForZones, loadPolicy, loadZonePolicy } from '../input/load.ts'
import { orOther } from '../input/other-kind.ts'
import { say, sayJson, styleOf } from '../output/console.ts'
import { EXIT } from '../system/errors.ts'

export interface PolicyFlags {
  readonly reporter?: 'terminal' | 'json'
}

export function policyCommand(file: string, flags: PolicyFlags): number {
  const text = orOther(file, ['policy', 'zone-policy'], () =>
    isForZones(file) ? zonePolicyText(file, flags) : policyText(file, flags),
  )
  if (flags.reporter === 'json') sayJson(text)
  else say(text)
  return EXIT.conforms
}

function policyText(file: string, { reporter }: PolicyFlags): string {
  const { policy, warnings } = loadPolicy(file)
  return reporter === 'json'
    ? JSON.stringify(policyFacts(policy, warnings), null, 1)
    : renderPolicy(policy, warnings, styleOf(process.stdout))
}

function zonePolicyText(file: string, { reporter }: PolicyFlags): string {
  const { policy, warnings } = loadZonePolicy(file)
  return reporter === 'json'
    ? JSON.stringify(zonePolicyFacts(policy, warnings), null, 1)
    : renderZonePolicy(policy, warnings, styleOf(process.stdout))
}
