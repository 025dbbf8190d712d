/**
 * The format of a review's JSON. The published JSON Schema is generated from it. Sets of ports are
 * lists of ranges in JSON.
 */
import { z } from 'zod'
import { day, family, place, portProtocol, versionSchema } from '../result/common-schema.ts'
import { measuredSchema, portSet } from '../result/measured-schema.ts'
import { fromTo, IN_ORDER } from '../result/range-schema.ts'
import { testedSchema } from '../result/tested-schema.ts'

const prefix = z.strictObject({
  family,
  address: z.string().describe('Address of the network, as text'),
  prefixLength: z.int().min(0).max(128).describe('Bits of the prefix: 0 to 32, IPv6: 0 to 128'),
})

const STATUS = 'The decision'
const decided = {
  by: z.string().describe('Person who decided'),
  on: day.describe('Day of the decision, as in RFC 3339'),
  reason: z.string().describe('Why'),
}

const decision = z
  .discriminatedUnion('status', [
    z.strictObject({ status: z.literal('pending').describe(STATUS) }),
    z.strictObject({
      status: z.literal('approved').describe(STATUS),
      ...decided,
      until: day.optional().describe('Last day on which it is in force; absent: no end'),
    }),
    z.strictObject({ status: z.literal('rejected').describe(STATUS), ...decided }),
  ])
  .describe('The decision on the request')

const tcp = portSet.describe('TCP ports')
const udp = portSet.describe('UDP ports')

const request = z
  .strictObject({
    id: z.string().describe('Id of the request'),
    project: z.string().describe('Project of the request'),
    organization: z.string().describe('Organization of the project'),
    useCase: z.string().describe('Purpose of the ports'),
    tcp,
    udp,
    destinations: z.array(prefix).describe('Destination networks; empty: every address'),
    requested: day.describe('Day of the request, as in RFC 3339'),
    decision,
    at: place,
  })
  .describe('The request, as written in its file')

const finding = z.strictObject({
  kind: z
    .enum(['contradiction', 'needless', 'overlap', 'vague', 'no-effect'])
    .describe(
      'contradiction: the request cannot be approved as it is. needless: its ports are already open to every project. overlap: another request names the same ports. vague: it lacks detail. no-effect: a part of it opens nothing',
    ),
  at: place,
  message: z.string().describe('Findings about the request'),
})

const opened = z.strictObject({
  protocol: portProtocol,
  asked: z.int().describe('Ports that the request names'),
  ranges: z
    .array(
      z
        .strictObject({
          ...fromTo,
          services: z.array(z.string()).describe('Names of the services on these ports'),
        })
        .refine(...IN_ORDER),
    )
    .describe('Ports that the request opens'),
  count: z
    .int()
    .describe('Number of ports that the request opens, for one address over one family'),
  already: portSet.describe('Ports that are already open to every project'),
})

const risk = z.strictObject({
  id: z.string().describe('Id of the risk'),
  kind: z
    .enum(['size', 'spam', 'amplification', 'file-sharing', 'remote-desktop', 'irc', 'telnet'])
    .describe('Kind of the risk'),
  title: z.string().describe('The risk in a few words'),
  tcp: tcp.describe('TCP ports that cause it'),
  udp: udp.describe('UDP ports that cause it'),
  reason: z.string().describe('Why it is a risk'),
  source: z.string().describe('Source'),
})

const alternative = z.strictObject({
  id: z
    .enum(['submission', 'destinations', 'single-ports', 'expiry', 'leave-out'])
    .describe('Kind of the advice'),
  advice: z.string().describe('A narrower request, in one sentence'),
  source: z.string().optional().describe('Source'),
})

const NAMED = 'Whether service names are known'
const naming = z
  .union([
    z.strictObject({
      named: z.literal(true).describe(NAMED),
      source: z.string().describe('Source of the names'),
    }),
    z.strictObject({
      named: z.literal(false).describe(NAMED),
      reason: z.string().describe('Why no names are known'),
    }),
  ])
  .describe('Names of services')

export const reviewSchema = z
  .strictObject({
    format: z.literal('nftproof-review').describe('Kind of this file'),
    version: versionSchema,
    request,
    at: day.describe('The day of the review, as in RFC 3339'),
    state: z
      .enum(['expiring', 'expired', 'pending', 'to-come', 'holds', 'rejected'])
      .describe(
        'State of the request on that day; expiring: it ends within 30 days; to-come: approved from a later day on',
      ),
    policy: z
      .strictObject({
        id: z.string().describe('Id of the policy'),
        file: z.string().describe('Path of the policy file as given'),
      })
      .describe('The policy of the platform'),
    platform: z.string().describe('Path of the platform file as given'),
    findings: z.array(finding).describe('Findings about the request'),
    opened: z.array(opened).describe('Ports that the request opens, by protocol'),
    scope: z
      .strictObject({
        families: z.array(family).describe('IP versions over which it opens ports'),
        zone: z
          .string()
          .optional()
          .describe(
            'Of a policy for zones: the zone towards which the ports open; else the Internet',
          ),
        destinations: z
          .array(z.string())
          .describe('Destination networks: 198.51.100.0/24; empty: every address'),
      })
      .describe('Families and destinations of the request'),
    prolonged: z
      .array(
        z.strictObject({
          request: z.string().describe('Id of the request whose grant ends'),
          until: day.describe('Last day of that grant, as in RFC 3339'),
          tcp,
          udp,
        }),
      )
      .describe('Ports that grants open today and that stay open after these end'),
    naming,
    risks: z.array(risk).describe('Known risks of the opened ports'),
    alternatives: z.array(alternative).describe('Narrower requests'),
    measured: measuredSchema,
    tested: testedSchema,
  })
  .meta({
    title: 'nftproof review',
    description: 'The ports that a request opens, and a measurement',
  })
