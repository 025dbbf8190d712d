/** The zod schema of a zone policy file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { EVEN_IF_BROKEN, hasUnknownKeys } from '../../input/schema-whole.ts'
import { faultsIn } from '../egress/numbers.ts'
import { readTraffic, TRAFFIC_HINT } from './traffic.ts'

const line = z.string().min(1).max(200)

/** Zone names are those of lab files. Host names follow the same rules. */
export const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/
const name = z
  .string()
  .regex(NAME, 'must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-", and not all digits')

export const BLOCKINGS = [
  'drop',
  'reject',
  'tcp-reset',
  'port-unreachable',
  'host-unreachable',
  'no-route',
  'admin-prohibited',
] as const

const blocked = ['blocked', ...BLOCKINGS] as const
const HOW =
  'blocked: dropped or rejected; drop: no answer; reject: a reset for TCP, port-unreachable for UDP; or one way of rejecting'

const several = z.union([z.string(), z.array(z.string()).min(1)])
const ends = several.describe(
  'Zones (with all their hosts), hosts, "firewall" for the firewall itself, or "any"',
)

const text = { type: 'string' }
const traffic = z
  .unknown()
  .superRefine((value, context) => {
    if (value === undefined) return
    for (const { path, message } of faultsIn(value, readTraffic))
      context.addIssue({ code: 'custom', path: [...path], message })
  })
  .optional()
  .meta({
    description: TRAFFIC_HINT,
    anyOf: [text, { type: 'array', minItems: 1, items: text }],
  })

const statement = z
  .strictObject({
    from: ends,
    to: ends,
    allow: traffic,
    forbid: traffic.describe('Beats every allow'),
    by: z.enum(blocked).optional().describe(`How forbidden packets are blocked. ${HOW}`),
    families: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .optional()
      .describe('Absent: both families'),
    service: line.optional().describe('The service on these ports: SSH, DNS …'),
    source: line.optional().describe('The document that requires this'),
    reason: line.optional().describe('Why'),
  })
  .superRefine(({ allow, forbid, by }, context) => {
    // An unknown key may be a mistyped "allow".
    if (allow === undefined && forbid === undefined && !hasUnknownKeys(context.issues))
      context.addIssue({
        code: 'custom',
        message: 'has a statement without allow and forbid: add one of them',
      })
    if (allow !== undefined && forbid !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['forbid'],
        message: 'cannot stand beside allow: write two statements',
      })
    if (by !== undefined && allow !== undefined && forbid === undefined)
      context.addIssue({
        code: 'custom',
        path: ['by'],
        message: 'needs forbid: a statement that allows blocks nothing',
      })
  }, EVEN_IF_BROKEN)

const address = z.string().describe('An address: 192.0.2.80 or 2001:db8::80')

export const zonePolicySchema = z
  .strictObject({
    policy: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,31}$/,
        'must begin with a letter and have at most 32 lower-case letters, digits and hyphens',
      )
      .describe('Id of the policy'),
    title: line,
    source: line.optional().describe('The document that the policy implements'),
    zones: z
      .array(name)
      .min(1)
      .describe('The networks around the firewall. "firewall" is reserved for the firewall itself'),
    hosts: z
      .record(
        z.string(),
        z.strictObject({ zone: z.string(), addresses: z.array(address).min(1).max(2) }),
      )
      .optional()
      .describe('Hosts by name: addresses in a zone, for use in statements'),
    otherwise: z
      .enum(['allow', ...blocked])
      .optional()
      .describe(`The treatment of all traffic that no statement names; absent: blocked. ${HOW}`),
    statements: z.array(statement).describe('In any order'),
  })
  .meta({
    title: 'nftproof policy for zones',
    description: 'The traffic that a firewall must allow and block: through it, to it and from it',
  })

export type ZonePolicyFile = z.infer<typeof zonePolicySchema>
