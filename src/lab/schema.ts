/** The zod schema of a lab file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { LINK_PATTERN, linkNameProblem, linkNameRemedy } from './link-name.ts'

export const LINK_KINDS = ['ethernet', 'bridge', 'none'] as const

export const linkSchema = z
  .string()
  .superRefine((name, context) => {
    const message = linkNameProblem(name)
    if (message !== undefined) {
      const text = `${JSON.stringify(name)}: ${message}: ${linkNameRemedy(name)}`
      context.addIssue({ code: 'custom', message: text })
    }
  })
  .meta({ pattern: LINK_PATTERN })

const address = z.string()

const zoneSchema = z
  .strictObject({
    link: linkSchema
      .optional()
      .describe("Name of the firewall's interface; absent: the name of the zone"),
    kind: z
      .enum(LINK_KINDS)
      .optional()
      .describe(
        'ethernet: a plain link. bridge: the interface is a bridge, and the link is a port of it. none: the interface exists without a host behind it',
      ),
    addresses: z
      .array(address.describe('An address with its prefix length: 10.20.1.10/24'))
      .max(2)
      .optional()
      .describe(
        'The host behind the link, at most one address of each family; absent: free addresses are chosen; []: no host',
      ),
    own: z
      .array(address.describe('An address in the prefix of the link: 10.20.1.1'))
      .optional()
      .describe("The firewall's own addresses; absent: the first address of each prefix"),
    routes: z
      .array(address.describe('A prefix: 10.9.0.0/16'))
      .optional()
      .describe('Other prefixes that are routed to the host behind the link'),
    default: z.boolean().optional().describe('The default route leads here; at most one zone'),
  })
  .nullable()

export const labSchema = z
  .strictObject({
    zones: z
      .record(z.string(), zoneSchema)
      .refine((zones) => Object.keys(zones).length > 0, { error: 'must name a zone' })
      .describe('The networks around the firewall, by name'),
    forwarding: z
      .boolean()
      .optional()
      .describe('Whether the firewall forwards packets; absent: true'),
    sysctls: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Settings of the firewall\'s kernel, like "net.ipv4.conf.all.rp_filter": 1'),
  })
  .meta({
    title: 'nftproof lab',
    description:
      'The networks around a firewall: its links, the hosts behind them, and the settings of its kernel',
  })

export type LabFile = z.infer<typeof labSchema>
export type ZoneFile = NonNullable<LabFile['zones'][string]>
