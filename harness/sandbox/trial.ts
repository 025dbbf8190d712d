/**
 * Checks the text of a firewall before its lab is built: in a temporary namespace with the lab's
 * links.
 */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { refusalsOf } from '../firewall/install.ts'
import { inNewNetns } from '../kernel/netns.ts'
import { ip } from '../lab/ip-commands.ts'
import { vethOf } from '../lab/link-commands.ts'

/** `links`: links that nft needs for their names. Empty if there are no errors. */
export function tryFirewall(firewall: Firewall, links: readonly string[]): string[] {
  return inNewNetns(() => {
    if (links.length > 0) ip(links.map((link, i) => [...vethOf(link), `x-trial${i}`]))
    return refusalsOf(firewall)
  })
}
