/**
 * What a policy says about the interfaces and hosts of a firewall, as text from which a lab can be
 * inferred.
 */
import type { FirewallPart, Stretch } from '../firewall/firewall.ts'
import type { SourcePosition } from '../input/position.ts'
import type { Policy } from '../policy/policy.ts'

export interface ZoneLink {
  readonly zone: string
  readonly link: string
  readonly at: SourcePosition
  /** Intentional, although no rule names it. */
  readonly isDeclared?: boolean
}

/**
 * Never loaded: the inference reads it beside the firewall's own text. Each line has its source
 * position.
 */
export function labHintsOf({ hosts }: Policy, links: readonly ZoneLink[]): FirewallPart {
  const lines = links.flatMap(({ zone, link, at }) => {
    const from = `iifname ${JSON.stringify(link)}`
    const own = hosts.filter((host) => host.zone === zone)
    const behind = own.flatMap(({ addresses }) =>
      addresses.map(({ family, address, at: place }) => ({
        text: `${from} ${family === 4 ? 'ip' : 'ip6'} saddr ${address} accept`,
        at: place,
      })),
    )
    return [{ text: `${from} accept`, at }, ...behind]
  })
  const head = ['table inet zones {', 'chain zones {']
  const stretches = lines.map(
    ({ at }, i): Stretch => ({ from: head.length + i + 1, file: at.file, line: at.line }),
  )
  const text = [...head, ...lines.map((line) => line.text), '}', '}', ''].join('\n')
  return { kind: 'nft', file: links[0]?.at.file ?? '', text, stretches }
}
