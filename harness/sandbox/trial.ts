/** A firewall's text judged before a lab is made for it: in a namespace that has the lab's links, and is thrown away. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { refusalsOf } from '../firewall/install.ts'
import { inNewNetns } from '../kernel/netns.ts'
import { ip } from '../lab/ip-commands.ts'
import { vethOf } from '../lab/link-commands.ts'

/** `links`: those that must be there for nft to take their names. Empty where nothing is wrong. */
export function tryFirewall(firewall: Firewall, links: readonly string[]): string[] {
  return inNewNetns(() => {
    if (links.length > 0) ip(links.map((link, i) => [...vethOf(link), `x-trial${i}`]))
    return refusalsOf(firewall)
  })
}
