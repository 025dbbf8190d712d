/** The zod schema of a zone policy file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { EVEN_IF_BROKEN, hasUnknownKeys } from '../../input/schema-whole.ts'
import { faultsIn } from '../egress/numbers.ts'
import { BLOCKINGS, line, policyId, unless } from '../schema-parts.ts'
import { readTraffic, TRAFFIC_HINT } from './traffic.ts'

/** Zone names are those of lab files. Host names follow the same rules. */
export const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/
const name = z
  .string()
  .regex(NAME, 'must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-", and not all digits')

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

interface Said {
  readonly allow?: unknown
  readonly deny?: unknown
  readonly forbid?: unknown
  readonly unless?: unknown
  readonly by?: unknown
}

function faultsOfStatement(said: Said, context: z.RefinementCtx): void {
  const custom = (path: readonly string[], message: string): void =>
    context.addIssue({ code: 'custom', path: [...path], message })
  const [first, ...more] = (['allow', 'deny', 'forbid'] as const).filter(
    (key) => said[key] !== undefined,
  )
  // One that is not known may be a mistyped "allow".
  if (first === undefined && !hasUnknownKeys(context.issues)) custom([], 'must have allow or deny')
  for (const key of more) custom([key], `cannot stand beside ${first}: write two statements`)
  if (said.by !== undefined && first === 'allow' && more.length === 0)
    custom(['by'], 'needs deny: only a denied packet is blocked')
  if (said.unless !== undefined && first !== undefined && first !== 'deny')
    custom(['unless'], 'needs deny')
}

const statement = z
  .strictObject({
    from: ends,
    to: ends,
    allow: traffic,
    deny: traffic.describe('Beats every allow'),
    unless: unless.describe(
      'Beside deny: a default for this traffic, which an allow opens. Absent: nothing opens it',
    ),
    forbid: traffic.describe('Older word for deny without "unless"'),
    by: z.enum(blocked).optional().describe(`How a denied packet is blocked. ${HOW}`),
    families: z
      .array(z.enum(['ipv4', 'ipv6']))
      .min(1)
      .optional()
      .describe('Absent: both families'),
    service: line.optional().describe('The service on these ports: SSH, DNS …'),
    source: line.optional().describe('The document that requires this'),
    reason: line.optional().describe('Why'),
  })
  .superRefine(faultsOfStatement, EVEN_IF_BROKEN)

const address = z.string().describe('An address: 192.0.2.80 or 2001:db8::80')

export const zonePolicySchema = z
  .strictObject({
    policy: policyId.describe('Id of the policy'),
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

/** Of a statement, what it is about, under whichever key. */
export const trafficSaid = ({ allow, deny, forbid }: Said): unknown => allow ?? deny ?? forbid

export type ZonePolicyFile = z.infer<typeof zonePolicySchema>
