/** The zod schema of a policy file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { faultsIn, type NumbersReading, readPorts, readProtocols, readTypes } from './numbers.ts'

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

const line = z.string().min(1).max(200)
const notes = {
  service: line.optional().describe('The service on these ports: SSH, DNS …'),
  source: line.optional().describe('The document that makes this promise'),
  reason: line.optional().describe('The reason, if no document gives one'),
}
const treatment = z.enum(['allow', 'restrict'])
const PORT_BLOCKING = [
  'drop',
  'reject',
  'tcp-reset',
  'port-unreachable',
  'host-unreachable',
  'no-route',
  'admin-prohibited',
] as const
const ICMP_BLOCKING = PORT_BLOCKING.filter((b) => b !== 'tcp-reset')

const portClause = z.strictObject({ ports: portsSchema, ...notes })
const typeClause = z.strictObject({ types: typesSchema, ...notes })
const protocolClause = z.strictObject({ protocols: protocolsSchema, ...notes })

const rest = {
  otherwise: treatment.describe('The treatment of all numbers that no line names'),
  reason: line.optional().describe('The reason for otherwise'),
  source: line.optional(),
}

export const policySchema = z
  .strictObject({
    policy: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,31}$/,
        'must begin with a letter and have at most 32 lower-case letters, digits and hyphens',
      )
      .describe("Id of the policy, and part of the nftables table's name"),
    title: line,
    source: line.optional(),
    direction: z.literal('egress'),
    blocked: z
      .enum(['drop', 'reject'])
      .describe(
        'How a blocked TCP or UDP packet is answered; reject is a reset for TCP and port-unreachable for UDP. Other protocols are dropped',
      ),
    tcp: z.strictObject({
      allow: z.array(portClause).optional(),
      restrict: z.array(portClause).optional(),
      blocked: z.enum(PORT_BLOCKING).optional(),
      ...rest,
    }),
    udp: z.strictObject({
      allow: z.array(portClause).optional(),
      restrict: z.array(portClause).optional(),
      blocked: z.enum(ICMP_BLOCKING).optional(),
      ...rest,
    }),
    icmp: z
      .strictObject({
        allow: z.array(typeClause).optional(),
        restrict: z.array(typeClause).optional(),
        ...rest,
      })
      .describe(
        'ICMP and ICMPv6. Blocked packets are dropped, because ICMP sends no error about an error',
      ),
    protocols: z
      .strictObject({
        allow: z.array(protocolClause).optional(),
        restrict: z.array(protocolClause).optional(),
        ...rest,
      })
      .describe('IP protocols other than TCP, UDP and ICMP. Blocked packets are dropped'),
    inbound: z
      .strictObject({ blocked: z.enum(['drop']).optional(), ...rest })
      .describe('New flows towards a project. Blocked packets are dropped'),
    grants: z
      .strictObject({
        revoked: z
          .enum(['keep', 'cut'])
          .describe('Whether established flows continue when their grant is revoked'),
        source: line.optional(),
        reason: line.optional(),
      })
      .optional()
      .describe('Ports granted to single projects; absent: established flows are kept'),
  })
  .meta({ title: 'nftproof policy', description: 'What a platform promises about egress traffic' })

export type PolicyFile = z.infer<typeof policySchema>
