/** The shape of a scenario file. The published JSON Schema is made from this. */
import { z } from 'zod'
import { portsSchema } from './policy/schema.ts'

const text = z.string().min(1).max(2000)
const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'lower-case letters, digits and hyphens, beginning with a letter, at most 32',
  )
const link = z
  .string()
  .regex(
    /^(?!\.{1,2}$)(?!lo$)[A-Za-z0-9_.-]{1,15}$/,
    '1 to 15 letters, digits, ".", "_" or "-", and not "lo"',
  )
const addresses = z
  .array(z.string().describe('An address with its prefix length: 10.20.1.10/24'))
  .min(1)
  .max(2)
  .describe('At most one of each family; the firewall itself takes the first address of the prefix')

const zone = z.strictObject({ link: link.describe('Interface name on the firewall'), addresses })

const sweep = z.strictObject({
  from: z.string().describe('Zone that sends'),
  to: z.string().describe('Zone that is addressed'),
  as: z
    .union([z.string(), z.array(z.string()).min(1).max(2)])
    .optional()
    .describe('A spoofed source: another project by name, or addresses'),
  protocols: z
    .array(z.enum(['tcp', 'udp', 'icmp', 'ip']))
    .min(1)
    .optional(),
  families: z
    .array(z.enum(['ipv4', 'ipv6']))
    .min(1)
    .optional(),
  ports: portsSchema.optional(),
  answer: z.enum(['reply', 'icmp-error']).optional().describe('What the target answers with'),
  handshakes: z.enum(['boundaries', 'all']).optional(),
})

export const scenarioSchema = z
  .strictObject({
    title: text,
    requirement: text.describe('The claim, in a sentence'),
    source: text.describe('Where the claim comes from'),
    policy: z.string().min(1).describe('Path of the policy, from this file'),
    projects: z.record(name, zone),
    internet: zone.optional(),
    sweeps: z.array(sweep).min(1),
  })
  .meta({ title: 'nftproof scenario', description: 'One claim about a firewall, to be proved' })

export type ScenarioFile = z.infer<typeof scenarioSchema>
