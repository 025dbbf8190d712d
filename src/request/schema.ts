/** The zod schema of a request file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { EVEN_IF_BROKEN, IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'
import { portsSchema } from '../policy/egress/schema.ts'
import { organizationId } from '../policy/schema-parts.ts'

const line = z.string().trim().min(1).max(200)
const day = z.iso.date('must be a day like 2026-06-15').describe('A day, UTC: 2026-06-15')

export const projectId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must begin with a letter and have at most 32 lower-case letters, digits and hyphens',
  )
export { organizationId }

const isDay = (value: unknown): value is string => day.safeParse(value).success

const STATES: readonly unknown[] = ['pending', 'approved', 'rejected']

const decision = z
  .strictObject({
    status: z.enum(['pending', 'approved', 'rejected']),
    by: line.optional().describe('Person who decided'),
    on: day.optional().describe('Day of the decision; an approval is in force from this day'),
    reason: z.string().trim().min(1).max(2000).optional().describe('Why'),
    until: day.optional().describe('Last day of an approval; absent: no end'),
  })
  .superRefine(({ status, by, on, reason, until }, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (!STATES.includes(status)) return
    const given = { by, on, reason, until }
    for (const key of ['by', 'on', 'reason'] as const) {
      if (status !== 'pending' && given[key] === undefined)
        complain(key, `is missing: a request that is ${status} needs by, on and reason`)
      if (status === 'pending' && given[key] !== undefined)
        complain(key, 'must be absent while the request is pending')
    }
    if (until !== undefined && status !== 'approved')
      complain('until', `must be absent: the request is ${status}`)
    if (isDay(until) && isDay(on) && until < on)
      complain('until', `"${until}" is before the day of the decision, ${on}`)
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
        'must begin with a letter and have at most 64 lower-case letters, digits and hyphens',
      )
      .describe('Id of the request'),
    project: projectId.describe('Project of the request'),
    organization: organizationId.describe('Organization that the project belongs to'),
    useCase: z.string().trim().min(1).max(4000).describe('Purpose of the ports, in detail'),
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
      .describe('Destination prefixes; absent: every address'),
    requested: day.describe('Day of the request'),
    decision: decision.optional().describe('Absent: pending'),
  })
  .meta({
    title: 'nftproof request',
    description: 'A project’s request for more ports, and the decision',
  })

export type RequestFile = z.infer<typeof requestSchema>
