/** Checks firewalls with nft and iptables-restore before a lab exists, and reports all errors together. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { loaderOf } from '../firewall/loaders.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'

/** A firewall, and the interfaces of its lab. */
export interface FirewallToCheck {
  readonly firewall: Firewall
  readonly zones: readonly { readonly link: string }[]
}

/** What happens if a check does not end in time: `leave` it out, because others can be measured. */
export type Hanging = 'throw' | 'leave'

/**
 * Throws InputError if one of them is refused. An existing target is left out, because its
 * interfaces or its nft are not here.
 */
export async function checkFirewalls(
  sandbox: Pick<Sandbox, 'check'>,
  given: readonly FirewallToCheck[],
  hanging: Hanging = 'throw',
): Promise<void> {
  const wanted = new Map(
    given
      .filter(({ firewall: { target, parts } }) => !target && parts.length > 0)
      .map(({ firewall, zones }) => {
        const links = neededLinks(firewall, [...new Set(zones.map(({ link }) => link))])
        return [JSON.stringify([firewall.parts, links]), { firewall, links }] as const
      }),
  )
  const refusals = await Promise.all(
    [...wanted.values()].map(({ firewall, links }) =>
      sandbox.check(firewall, links).catch((error) => {
        if (hanging === 'leave' && error instanceof EnvironmentError) return []
        throw error
      }),
    ),
  )
  const said = new Set(refusals.flat())
  if (said.size > 0) throw new InputError([...said].join('\n'))
}

/** A lab may have hundreds of links, each of which takes its time. */
function neededLinks({ parts }: Firewall, links: readonly string[]): string[] {
  const texts = parts.filter((part) => loaderOf(part).namesByNumber?.(part.text))
  return links.filter((link) => link !== 'lo' && texts.some(({ text }) => text.includes(link)))
}
