/**
 * The zod schema of a file that declares changes. The published JSON Schema is generated from it.
 */
import { z } from 'zod'
import { IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'

const flows = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('"tcp/8080", "udp/53,1000-2000", "tcp", "icmp/8", "ip/47"; or a list of these')
const zones = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('A zone, or a list of zones; "firewall" is the firewall itself; absent: every zone')
const prefixes = z.union([z.string(), z.array(z.string()).min(1)])

const change = z
  .strictObject({
    from: zones.optional(),
    to: zones.optional(),
    opened: flows.optional(),
    closed: flows.optional(),
    'one-way': flows.optional(),
    'blocked-otherwise': flows
      .optional()
      .describe('Blocked in another way, such as drop instead of reject'),
    'translated-otherwise': flows
      .optional()
      .describe('A translation was changed, added or removed'),
    unsteady: flows.optional().describe('A limit was added or removed'),
    families: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .optional(),
    source: prefixes.optional().describe('Applies only to sources in these prefixes'),
    target: prefixes.optional().describe('Applies only to targets in these prefixes'),
  })
  .refine((data) => KINDS.some((kind) => data[kind] !== undefined), {
    error:
      'must name a change: opened, closed, one-way, blocked-otherwise, translated-otherwise or unsteady',
    ...IF_KEYS_ARE_KNOWN,
  })

export const KINDS = [
  'opened',
  'closed',
  'one-way',
  'blocked-otherwise',
  'translated-otherwise',
  'unsteady',
] as const

export const deltaSchema = z
  .strictObject({
    title: z.string().min(1).max(2000).optional(),
    changes: z.array(change).describe('All changes; an empty list declares that nothing changes'),
  })
  .meta({
    title: 'nftproof declared change',
    description: 'The complete list of changes from one firewall to another',
  })

export type DeltaFile = z.infer<typeof deltaSchema>
