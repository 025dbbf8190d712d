/** The zod schema of a scenario file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { containerSchema } from '../firewall/container-schema.ts'
import { EVEN_IF_BROKEN } from '../input/schema-whole.ts'
import { platformShape } from '../platform/schema.ts'
import { portsSchema } from '../policy/egress/schema.ts'
import { atSchema, revokeSchema } from './schema-parts.ts'
import { untestedSchema } from './untested-schema.ts'

const text = z.string().min(1).max(2000)
const twoAddresses = z.array(z.string()).min(1).max(2)

const stated = z
  .strictObject({ tcp: portsSchema.optional(), udp: portsSchema.optional() })
  .optional()

const sweep = z.strictObject({
  from: z
    .string()
    .describe('Zone of the sender; "*" means every project; "firewall" means the firewall itself'),
  to: z.string().describe('Zone of the destination; "firewall" means the firewall itself'),
  as: z
    .union([z.string(), twoAddresses])
    .optional()
    .describe('A spoofed source: another project by name, or addresses'),
  towards: twoAddresses
    .optional()
    .describe('Destination addresses on the Internet, at most one of each family'),
  protocols: z
    .array(z.enum(['tcp', 'udp', 'icmp', 'ip']))
    .min(1)
    .optional(),
  families: z
    .array(z.enum(['ipv4', 'ipv6']))
    .min(1)
    .optional(),
  ports: portsSchema.optional(),
  open: stated.describe('Ports that must be open; overrides the policy and the grants'),
  blocked: stated.describe('Ports that must be blocked; overrides the policy and the grants'),
  answer: z.enum(['reply', 'icmp-error']).optional().describe("The target's answer to a probe"),
  handshakes: z.enum(['boundaries', 'all']).optional(),
})

const generate = z
  .strictObject({
    projects: z.int().min(1).max(1000).describe('Number of projects'),
    classes: z.int().min(1).max(100).describe('Number of different sets of grants'),
    seed: z
      .int()
      .min(0)
      .max(0xffffffff)
      .describe('The same seed makes the same projects and grants'),
    perLink: z.int().min(1).max(250).optional().describe('Projects on one link; 1 by default'),
  })
  .describe('Random projects and grants, instead of "projects" and "requests"')

export const scenarioSchema = z
  .strictObject({
    title: text,
    requirement: text.describe('The claim, in a sentence'),
    source: text.describe('The document that requires the claim'),
    platform: z
      .string()
      .min(1)
      .optional()
      .describe('Path of a platform file, instead of policy, projects, internet and requests'),
    firewall: containerSchema
      .optional()
      .describe(
        "The container under test. With ready, it sets its own rules; else its nft loads the policy's ruleset. Absent: a new namespace loads it",
      ),
    policy: platformShape.policy.optional(),
    projects: platformShape.projects.optional(),
    internet: platformShape.internet,
    requests: platformShape.requests,
    generate: generate.optional(),
    at: atSchema,
    revoke: revokeSchema,
    sweeps: z.array(sweep).min(1),
    untested: untestedSchema,
  })
  .superRefine((data, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    const parts = ['policy', 'projects', 'internet', 'requests', 'generate'] as const
    const ways = { platform: data.platform, generate: data.generate }
    if (ways.platform !== undefined) {
      for (const key of parts)
        if (data[key] !== undefined)
          complain(key, 'cannot stand beside platform: the platform file has it')
      return
    }
    if (data.policy === undefined) complain('policy', 'is missing: add it, or a platform')
    if (ways.generate === undefined) {
      if (data.projects === undefined)
        complain('projects', 'is missing: add it, or a platform, or generate')
      return
    }
    for (const key of ['projects', 'requests'] as const)
      if (data[key] !== undefined) complain(key, 'cannot stand beside generate: remove one of them')
  }, EVEN_IF_BROKEN)
  .meta({ title: 'nftproof scenario', description: 'One claim about a firewall, to be proved' })

export type ScenarioFile = z.infer<typeof scenarioSchema>
