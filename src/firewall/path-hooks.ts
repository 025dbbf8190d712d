/** Which hooks the packets of a path come through, and whether a firewall has chains there. */
import type { Family } from '../flow.ts'
import { FIREWALL } from '../lab/lab.ts'
import type { Facts, Hook } from './facts.ts'

const ON_THE_WAY: Readonly<Record<'forward' | 'input' | 'output', readonly Hook[]>> = {
  forward: ['ingress', 'prerouting', 'forward', 'postrouting', 'egress'],
  input: ['ingress', 'prerouting', 'input'],
  output: ['output', 'postrouting', 'egress'],
}

/** Whether a packet of the path comes through any chain of either firewall on its way there. */
export function isUsed(
  facts: readonly Facts[],
  family: Family,
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  const kind = to === FIREWALL ? 'input' : from === FIREWALL ? 'output' : 'forward'
  return facts.some(({ hooks }) => ON_THE_WAY[kind].some((hook) => hooks[family].has(hook)))
}
