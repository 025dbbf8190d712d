/** The zod schema of a policy file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { hostsSchema } from '../host-schema.ts'
import { faultsIn, type NumbersReading, readPorts, readProtocols, readTypes } from '../numbers.ts'
import { BLOCKINGS, grantTerms, line, policyId, unless } from '../schema-parts.ts'
import { HOW, otherwiseSchema, statementSchema } from '../statement-schema.ts'

/** A value with its own reader, whose message names the error. */
function numbers(read: (value: unknown) => NumbersReading<unknown>, meta: Record<string, unknown>) {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (value === undefined) return context.addIssue({ code: 'custom', message: 'is missing' })
      for (const { path, message } of faultsIn(value, read))
        context.addIssue({ code: 'custom', path: [...path], message })
    })
    .meta(meta)
}

const port = { type: 'integer', minimum: 0, maximum: 65535 }
const range = { type: 'string', pattern: '^\\d+(-\\d+)?(,\\s*\\d+(-\\d+)?)*$' }
const listed = (...one: object[]) => ({
  anyOf: [...one, { type: 'array', minItems: 1, items: { anyOf: one } }],
})

export const portsSchema = numbers(readPorts, {
  description: 'A port, a range like "1-1024", or a list of these',
  ...listed(port, range),
})

const typesSchema = numbers(readTypes, {
  description: 'ICMP types by name, or by number as "ipv4/13", "ipv6/133-137"; or a list of these',
  ...listed({ type: 'string' }),
})

const protocolsSchema = numbers(readProtocols, {
  description: 'IP protocols by number or name; or a list of these',
  ...listed({ type: 'integer', minimum: 0, maximum: 255 }, { type: 'string' }),
})

const notes = {
  service: line.optional().describe('The service on these ports: SSH, DNS …'),
  source: line.optional().describe('The document that requires this line'),
  reason: line.optional().describe('The reason, if no document gives one'),
}
const to = z
  .union([z.string(), z.array(z.string()).min(1)])
  .optional()
  .describe('Hosts, by their names under "hosts"; absent: every address')
const treatment = z.enum(['allow', 'deny', 'restrict'])
const ICMP_BLOCKING = BLOCKINGS.filter((b) => b !== 'tcp-reset')

/** The lists of a section; each line has its numbers under a key of its own. */
function lists<N extends z.ZodRawShape>(numbers: N) {
  const lines = z.array(z.strictObject({ ...numbers, to, ...notes })).optional()
  const denials = z.array(
    z.strictObject({
      ...numbers,
      to,
      unless: unless.describe(
        'A default for these numbers: an allow line or a grant opens them. Absent: nothing opens them',
      ),
      ...notes,
    }),
  )
  return {
    allow: lines,
    deny: denials.optional().describe('Beats every allow line and every grant'),
    restrict: lines.describe('Older word for deny lines with "unless: allowed"'),
  }
}

const portLists = lists({ ports: portsSchema })
const typeLists = lists({ types: typesSchema })
const protocolLists = lists({ protocols: protocolsSchema })

const rest = {
  otherwise: treatment.describe(
    'The treatment of everything that no line names; "restrict" is an older word for "deny"',
  ),
  reason: line.optional().describe('The reason for otherwise'),
  source: line.optional(),
}

export const policySchema = z
  .strictObject({
    policy: policyId.describe('Id of the policy; the nftables table is named after it'),
    title: line,
    source: line.optional(),
    direction: z.literal('egress'),
    blocked: z
      .enum(['drop', 'reject'])
      .describe(
        'How a blocked TCP or UDP packet is answered; reject is a reset for TCP and port-unreachable for UDP. Other protocols are dropped',
      ),
    hosts: hostsSchema('An address or a network: 192.0.2.80, 198.51.100.0/24 or 2001:db8:25::/48')
      .optional()
      .describe('Hosts on the Internet by name (zone: internet), for "to" and for statements'),
    tcp: z.strictObject({
      ...portLists,
      blocked: z.enum(BLOCKINGS).optional(),
      ...rest,
    }),
    udp: z.strictObject({
      ...portLists,
      blocked: z.enum(ICMP_BLOCKING).optional(),
      ...rest,
    }),
    icmp: z
      .strictObject({
        ...typeLists,
        ...rest,
      })
      .describe(
        'ICMP and ICMPv6. Blocked packets are dropped, because ICMP sends no error about an error',
      ),
    protocols: z
      .strictObject({
        ...protocolLists,
        ...rest,
      })
      .describe('IP protocols other than TCP, UDP and ICMP. Blocked packets are dropped'),
    inbound: z
      .strictObject({ blocked: z.enum(['drop']).optional(), ...rest })
      .describe('New flows towards a project. Blocked packets are dropped'),
    firewall: z
      .strictObject({
        otherwise: otherwiseSchema
          .optional()
          .describe(`What becomes of all traffic that no statement names; absent: blocked. ${HOW}`),
        statements: z
          .array(statementSchema)
          .optional()
          .describe(
            'In any order, each from "firewall" or to it. The other ends are "project", "internet" and hosts',
          ),
      })
      .optional()
      .describe('Traffic to and from the firewall itself; absent: not covered by the policy'),
    grants: z
      .strictObject(grantTerms)
      .optional()
      .describe('Ports granted to single projects; absent: established flows are kept'),
  })
  .meta({
    title: 'nftproof policy',
    description: 'The egress traffic that a platform allows and blocks',
  })

export type PolicyFile = z.infer<typeof policySchema>
