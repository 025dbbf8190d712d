/** The zod schema of a zone policy file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { grantableHostsSchema, NAME } from '../host-schema.ts'
import { grantTerms, line, policyId } from '../schema-parts.ts'
import { HOW, otherwiseSchema, several, statementSchema } from '../statement-schema.ts'

const name = z
  .string()
  .regex(NAME, 'must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-", and not all digits')

export const zonePolicySchema = z
  .strictObject({
    policy: policyId.describe('Id of the policy'),
    title: line,
    source: line.optional().describe('The document that the policy implements'),
    zones: z
      .array(name)
      .min(1)
      .describe('The networks around the firewall. "firewall" is reserved for the firewall itself'),
    hosts: grantableHostsSchema('An address: 192.0.2.80 or 2001:db8::80')
      .optional()
      .describe('Hosts by name: addresses in a zone, for use in statements'),
    otherwise: otherwiseSchema
      .optional()
      .describe(`The treatment of all traffic that no statement names; absent: blocked. ${HOW}`),
    grants: z
      .strictObject({
        from: several
          .optional()
          .describe('Zones and hosts: only hosts there get grants; absent: the hosts of all zones'),
        to: z.string().describe('The zone towards which grants open ports'),
        ...grantTerms,
        revoked: grantTerms.revoked.optional().describe('Absent: keep'),
      })
      .optional()
      .describe('Ports granted to single hosts by requests; absent: no grant opens anything'),
    statements: z.array(statementSchema).describe('In any order'),
  })
  .meta({
    title: 'nftproof policy for zones',
    description: 'The traffic that a firewall must allow and block: through it, to it and from it',
  })

export type ZonePolicyFile = z.infer<typeof zonePolicySchema>
