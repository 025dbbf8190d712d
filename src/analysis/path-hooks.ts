/** The hooks on the way of a path's packets, and whether a firewall has chains there. */

import { FIREWALL } from '../lab/lab.ts'
import type { Family } from '../net/protocol.ts'
import type { Hook, RuleFacts } from '../nft/facts.ts'

const ON_THE_WAY: Readonly<Record<'forward' | 'input' | 'output', readonly Hook[]>> = {
  forward: ['ingress', 'prerouting', 'forward', 'postrouting', 'egress'],
  input: ['ingress', 'prerouting', 'input'],
  output: ['output', 'postrouting', 'egress'],
}

/** Whether a packet of the path passes any chain of either firewall. */
export function isUsed(facts: readonly RuleFacts[], family: Family, path: PathEndpoints): boolean {
  const hooks = ON_THE_WAY[kindOf(path)]
  return facts.some((one) => hooks.some((hook) => one.hooks[family].has(hook)))
}

type PathEndpoints = { readonly from: string; readonly to: string }

/** The hooks on the way of a path's packet, or of its answer (`isReply`). */
export const hooksOf = ({ from, to }: PathEndpoints, isReply: boolean): readonly string[] =>
  ON_THE_WAY[kindOf(isReply ? { from: to, to: from } : { from, to })]

const kindOf = ({ from, to }: PathEndpoints): keyof typeof ON_THE_WAY =>
  to === FIREWALL ? 'input' : from === FIREWALL ? 'output' : 'forward'
