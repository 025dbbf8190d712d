/**
 * The zod schema of a scenario about a given firewall. The published JSON Schema of scenarios is
 * generated from it too.
 */
import { z } from 'zod'
import { givenContainerSchema } from '../firewall/container-schema.ts'
import { VARIABLE_NAME } from '../firewall/kinds/environment.ts'
import { EVEN_IF_BROKEN } from '../input/schema-whole.ts'
import { labSchema, linkSchema } from '../lab/schema.ts'
import { platformShape } from '../platform/schema.ts'
import { portsSchema } from '../policy/egress/schema.ts'
import { atSchema, revokeSchema } from './schema-parts.ts'
import { untestedSchema } from './untested-schema.ts'

const text = z.string().min(1).max(2000)
const path = z.string().min(1).max(4096)
const several = z.union([z.string(), z.array(z.string()).min(1)])
const ends = several.describe(
  'Zones (with their hosts), hosts, "firewall", or "any"; absent: "any"',
)

const sweep = z.strictObject({
  from: ends.optional(),
  to: ends.optional(),
  protocols: z
    .array(z.enum(['tcp', 'udp', 'icmp', 'ip']))
    .min(1)
    .optional(),
  families: z
    .array(z.enum(['ipv4', 'ipv6']))
    .min(1)
    .optional(),
  ports: portsSchema.optional(),
})

const { zones, forwarding, sysctls } = labSchema.shape
const zone = z
  .union([
    linkSchema.describe(
      "The zone's interface, which the rules name; the rest is inferred. For an interface that no rule names: { link: NAME }",
    ),
    zones.valueType,
  ])
  .describe('The network behind an interface: the interface name alone, or a zone as in a lab file')

/** A zone with only its link counts as an interface name. */
const isLabZone = (value: unknown): boolean =>
  value === null ||
  (typeof value === 'object' && Object.keys(value).some((key) => key !== 'link')) ||
  (typeof value === 'object' && !('link' in value))

export const firewallScenarioSchema = z
  .strictObject({
    title: text,
    requirement: text.describe('The claim, in a sentence'),
    source: text.describe('The document that requires the claim'),
    firewall: z
      .union([path, givenContainerSchema])
      .describe(
        'The firewall under test: a file relative to this one (nftables, iptables-save, a script), KIND:FILE, REVISION:path, several of these separated by commas, or a container',
      ),
    environment: z
      .record(
        z.string(),
        z.union([
          z
            .string()
            .max(4096)
            .regex(/^[^\0]*$/, 'must have no NUL in it'),
          z.number(),
          z.boolean(),
        ]),
      )
      .superRefine((variables, context) => {
        for (const name of Object.keys(variables))
          if (!VARIABLE_NAME.test(name))
            context.addIssue({
              code: 'custom',
              path: [name],
              message: 'must be the name of a variable (letters, digits and _)',
            })
      })
      .optional()
      .describe('Variables of the script, besides PATH, HOME and LANG'),
    policy: path.describe('Path of a zone policy file, relative to this file'),
    lab: path
      .optional()
      .describe('Path of a lab file, relative to this file; absent: the lab is inferred'),
    zones: z
      .record(z.string(), zone)
      .refine((all) => Object.keys(all).length > 0, { error: 'must name a zone' })
      .optional()
      .describe('Instead of a lab file: interface names, or zones as in lab files'),
    forwarding,
    sysctls,
    requests: platformShape.requests.describe(
      "Requests of the policy's hosts, whose grants the firewall must have",
    ),
    at: atSchema,
    revoke: revokeSchema,
    sweeps: z.array(sweep).min(1).optional().describe('The sweeps to run; absent: all'),
    untested: untestedSchema,
  })
  .superRefine(({ lab, ...own }, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    for (const key of ['zones', 'forwarding', 'sysctls'] as const)
      if (lab !== undefined && own[key] !== undefined)
        complain(key, 'cannot stand beside lab: set it in the lab file')
    const values = typeof own.zones === 'object' ? Object.values(own.zones ?? {}) : []
    const hasNames = values.some((value) => typeof value === 'string')
    if (hasNames && values.some(isLabZone))
      complain(
        'zones',
        'must be all interface names ({ link: NAME } if no rule names it), or all zones as in a lab file',
      )
    const isInferred = lab === undefined && (own.zones === undefined || hasNames)
    for (const key of ['forwarding', 'sysctls'] as const)
      if (isInferred && own[key] !== undefined)
        complain(key, 'needs zones as in a lab file: the zones of this scenario are inferred')
  }, EVEN_IF_BROKEN)
  .meta({
    title: 'nftproof scenario about a firewall',
    description: 'A firewall, compared with a policy for zones',
  })

export type FirewallScenarioFile = z.infer<typeof firewallScenarioSchema>
