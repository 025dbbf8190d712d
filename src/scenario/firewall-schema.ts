/** The shape of a scenario about a given firewall. The published JSON Schema of scenarios is made from this, too. */
import { z } from 'zod'
import { givenContainerSchema } from '../firewall/container-schema.ts'
import { VARIABLE_NAME } from '../firewall/environment.ts'
import { EVEN_IF_BROKEN } from '../input/schema-whole.ts'
import { labSchema, linkSchema } from '../lab/schema.ts'
import { portsSchema } from '../policy/egress/schema.ts'
import { untestedSchema } from './untested-schema.ts'

const text = z.string().min(1).max(2000)
const path = z.string().min(1).max(4096)
const several = z.union([z.string(), z.array(z.string()).min(1)])
const ends = several.describe('Zones (with their hosts), hosts, "firewall", or "any"; absent: any')

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
      "The zone's interface on the firewall, which its rules name; the rest is inferred. Of one that no rule names: { link: NAME }",
    ),
    zones.valueType,
  ])
  .describe('What is behind an interface: its name alone, or a zone as in a lab file')

/** A zone that says nothing but its interface goes with those that are names alone. */
const isLabZone = (value: unknown): boolean =>
  value === null ||
  (typeof value === 'object' && Object.keys(value).some((key) => key !== 'link')) ||
  (typeof value === 'object' && !('link' in value))

export const firewallScenarioSchema = z
  .strictObject({
    title: text,
    requirement: text.describe('The claim, in a sentence'),
    source: text.describe('Where the claim comes from'),
    firewall: z
      .union([path, givenContainerSchema])
      .describe(
        'What is under test: a file from here (nftables, iptables-save, a script), KIND:FILE, REVISION:path, or several with commas; or a container',
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
      .describe('Variables of the script, beyond PATH, HOME and LANG'),
    policy: path.describe('Path of a policy for zones, from this file'),
    lab: path.optional().describe('Path of a lab file, from this file; absent: inferred'),
    zones: z
      .record(z.string(), zone)
      .refine((all) => Object.keys(all).length > 0, { error: 'must name a zone' })
      .optional()
      .describe('In place of a lab file: interface names, or zones as lab files have them'),
    forwarding,
    sysctls,
    sweeps: z.array(sweep).min(1).optional().describe('What is probed; absent: everything'),
    untested: untestedSchema,
  })
  .superRefine(({ lab, ...own }, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    for (const key of ['zones', 'forwarding', 'sysctls'] as const)
      if (lab !== undefined && own[key] !== undefined)
        complain(key, 'cannot stand beside lab, which says it')
    const values = typeof own.zones === 'object' ? Object.values(own.zones ?? {}) : []
    const hasNames = values.some((value) => typeof value === 'string')
    if (hasNames && values.some(isLabZone))
      complain(
        'zones',
        'are interface names ({ link: NAME } for one that no rule names), or zones as in a lab file; not some of each',
      )
    const isInferred = lab === undefined && (own.zones === undefined || hasNames)
    for (const key of ['forwarding', 'sysctls'] as const)
      if (isInferred && own[key] !== undefined)
        complain(key, 'is for zones as in a lab file; those of this scenario are inferred')
  }, EVEN_IF_BROKEN)
  .meta({
    title: 'nftproof scenario about a firewall',
    description: 'A given firewall, held against a policy for zones',
  })

export type FirewallScenarioFile = z.infer<typeof firewallScenarioSchema>
