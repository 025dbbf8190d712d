/** The zod schema of a statement: who may send what to whom. */
import { z } from 'zod'
import { EVEN_IF_BROKEN, hasUnknownKeys } from '../input/schema-whole.ts'
import { faultsIn } from './numbers.ts'
import { BLOCKINGS, line, unless } from './schema-parts.ts'
import { readTraffic, TRAFFIC_HINT } from './traffic.ts'

const blocked = ['blocked', ...BLOCKINGS] as const
export const HOW =
  'blocked: dropped or rejected; drop: no answer; reject: a reset for TCP, port-unreachable for UDP; or one way of rejecting'

export const several = z.union([z.string(), z.array(z.string()).min(1)])
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

export const statementSchema = z
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

/** What becomes of all traffic that no statement names. */
export const otherwiseSchema = z.enum(['allow', ...blocked])

/** Of a statement, what it is about, under whichever key. */
export const trafficSaid = ({ allow, deny, forbid }: Said): unknown => allow ?? deny ?? forbid

export type StatementFile = z.infer<typeof statementSchema>
export type OtherwiseWord = z.infer<typeof otherwiseSchema>
