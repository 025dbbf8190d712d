/** The shape of a file that declares a change. The published JSON Schema is made from this. */
import { z } from 'zod'
import { IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'

const flows = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('"tcp/8080", "udp/53,1000-2000", "tcp", "icmp/8", "ip/47"; or a list of these')
const zones = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('A zone, or a list of zones; "firewall" is the firewall itself; absent: every one')
const prefixes = z.union([z.string(), z.array(z.string()).min(1)])

const change = z
  .strictObject({
    from: zones.optional(),
    to: zones.optional(),
    opened: flows.optional(),
    closed: flows.optional(),
    'one-way': flows.optional(),
    'blocked-otherwise': flows.optional().describe('Another way of blocking: drop for reject …'),
    'translated-otherwise': flows.optional().describe('Another translation, or none, or a new one'),
    unsteady: flows.optional().describe('A limit that is new, or is gone'),
    families: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .optional(),
    source: prefixes.optional().describe('Only for sources in these prefixes'),
    target: prefixes.optional().describe('Only for targets in these prefixes'),
  })
  .refine((data) => KINDS.some((kind) => data[kind] !== undefined), {
    error:
      'says nothing of what changes: opened, closed, one-way, blocked-otherwise, translated-otherwise or unsteady',
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
    changes: z.array(change).describe('Exactly what changes; an empty list: nothing does'),
  })
  .meta({
    title: 'nftproof declared change',
    description: 'What changes from one firewall to another, and nothing else',
  })

export type DeltaFile = z.infer<typeof deltaSchema>
