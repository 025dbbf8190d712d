/** The shape of a request file. The published JSON Schema is made from this. */
import { z } from 'zod'
import { EVEN_IF_BROKEN, IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'
import { portsSchema } from '../policy/egress/schema.ts'

const line = z.string().trim().min(1).max(200)
const day = z.iso.date('must be a day like 2026-06-15').describe('A day, UTC: 2026-06-15')

export const projectId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'lower-case letters, digits and hyphens, beginning with a letter, at most 32',
  )
export const organizationId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 64',
  )

const isDay = (value: unknown): value is string => day.safeParse(value).success

const STATES: readonly unknown[] = ['pending', 'approved', 'rejected']

const decision = z
  .strictObject({
    status: z.enum(['pending', 'approved', 'rejected']),
    by: line.optional().describe('Who decided'),
    on: day.optional().describe('When it was decided; an approval holds from that day on'),
    reason: z.string().trim().min(1).max(2000).optional().describe('Why'),
    until: day.optional().describe('Last day on which an approval holds; absent: for good'),
  })
  .superRefine(({ status, by, on, reason, until }, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (!STATES.includes(status)) return
    const given = { by, on, reason, until }
    for (const key of ['by', 'on', 'reason'] as const) {
      if (status !== 'pending' && given[key] === undefined)
        complain(key, `is missing: a request that is ${status} says by whom, when and why`)
      if (status === 'pending' && given[key] !== undefined)
        complain(key, 'must not be there while the request is pending')
    }
    if (until !== undefined && status !== 'approved')
      complain('until', `must not be there: the request is ${status}`)
    if (isDay(until) && isDay(on) && until < on)
      complain('until', `"${until}": it would expire before it was decided, ${on}`)
  }, EVEN_IF_BROKEN)
  .meta({
    oneOf: [
      { properties: { status: { const: 'pending' } }, maxProperties: 1 },
      { properties: { status: { const: 'approved' } }, required: ['by', 'on', 'reason'] },
      {
        properties: { status: { const: 'rejected' }, until: false },
        required: ['by', 'on', 'reason'],
      },
    ],
  })

export const requestSchema = z
  .strictObject({
    request: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,63}$/,
        'lower-case letters, digits and hyphens, beginning with a letter, at most 64',
      )
      .describe('Id of the request'),
    project: projectId.describe('Project that asks'),
    organization: organizationId.describe('Organization that the project belongs to'),
    useCase: z.string().trim().min(1).max(4000).describe('What it is needed for, in detail'),
    ports: z
      .strictObject(
        { tcp: portsSchema.optional(), udp: portsSchema.optional() },
        'must name protocols and their ports, like { tcp: 587 } or { udp: "51820-51830" }',
      )
      .refine(({ tcp, udp }) => tcp !== undefined || udp !== undefined, {
        error: 'must name tcp or udp',
        ...IF_KEYS_ARE_KNOWN,
      })
      .meta({ minProperties: 1 })
      .describe('Ports by protocol'),
    destinations: z
      .array(z.string().describe('A prefix: 198.51.100.0/24, 2001:db8:25::/48'))
      .min(1)
      .optional()
      .describe('Where to; absent: anywhere'),
    requested: day.describe('When it was asked'),
    decision: decision.optional().describe('Absent: pending'),
  })
  .meta({
    title: 'nftproof request',
    description: 'A project’s wish for more ports, and what was decided on it',
  })

export type RequestFile = z.infer<typeof requestSchema>
