/** The shape of a review's JSON. The published JSON Schema is made from this. Sets of ports are lists of ranges in JSON. */
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

const STATUS = 'What was decided'
const decided = {
  by: z.string().describe('Who decided'),
  on: day.describe('When it was decided, as in RFC 3339'),
  reason: z.string().describe('Why'),
}

const decision = z
  .discriminatedUnion('status', [
    z.strictObject({ status: z.literal('pending').describe(STATUS) }),
    z.strictObject({
      status: z.literal('approved').describe(STATUS),
      ...decided,
      until: day.optional().describe('Last day on which it holds; absent: for good'),
    }),
    z.strictObject({ status: z.literal('rejected').describe(STATUS), ...decided }),
  ])
  .describe('The decision on the request')

const tcp = portSet.describe('TCP ports')
const udp = portSet.describe('UDP ports')

const request = z
  .strictObject({
    id: z.string().describe('Id of the request'),
    project: z.string().describe('Project that asks'),
    organization: z.string().describe('Organization of the project'),
    useCase: z.string().describe('What it is for'),
    tcp,
    udp,
    destinations: z
      .array(prefix)
      .describe('Networks that it is to open towards; empty: every address'),
    requested: day.describe('When it was asked for, as in RFC 3339'),
    decision,
    at: place,
  })
  .describe('The request as its file has it')

const finding = z.strictObject({
  kind: z
    .enum(['contradiction', 'needless', 'overlap', 'vague', 'no-effect'])
    .describe(
      'contradiction: it cannot be approved as it stands. needless: open to every project anyway. overlap: another request has it. vague: it says less than it should. no-effect: some of it would open nothing',
    ),
  at: place,
  message: z.string().describe('What is remarkable about the request'),
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
    .describe('Ports that would open'),
  count: z.int().describe('Ports that would open: of one address, over one family'),
  already: portSet.describe('Ports that are open to every project anyway'),
})

const risk = z.strictObject({
  id: z.string().describe('Id of the risk'),
  kind: z
    .enum(['size', 'spam', 'amplification', 'file-sharing', 'remote-desktop', 'irc', 'telnet'])
    .describe('Kind of the risk'),
  title: z.string().describe('The risk in a few words'),
  tcp: tcp.describe('TCP ports that bring it'),
  udp: udp.describe('UDP ports that bring it'),
  reason: z.string().describe('Why it is one'),
  source: z.string().describe('Where this is written'),
})

const alternative = z.strictObject({
  id: z
    .enum(['submission', 'destinations', 'single-ports', 'expiry', 'leave-out'])
    .describe('Kind of the advice'),
  advice: z.string().describe('What may do as well, in a sentence'),
  source: z.string().optional().describe('Where this is written'),
})

const NAMED = 'Whether ports have names of services here'
const naming = z
  .union([
    z.strictObject({
      named: z.literal(true).describe(NAMED),
      source: z.string().describe('Where the names come from'),
    }),
    z.strictObject({
      named: z.literal(false).describe(NAMED),
      reason: z.string().describe('Why they have none'),
    }),
  ])
  .describe('Names of services')

export const reviewSchema = z
  .strictObject({
    format: z.literal('nftproof-review').describe('What this file is'),
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
        file: z.string().describe('File of the policy as it was named'),
      })
      .describe('The policy of the platform'),
    platform: z.string().describe('File of the platform as it was named'),
    findings: z.array(finding).describe('What is remarkable about the request'),
    opened: z.array(opened).describe('What would open, by protocol'),
    scope: z
      .strictObject({
        families: z.array(family).describe('IP versions over which it would open'),
        destinations: z
          .array(z.string())
          .describe('Networks towards which it would open: 198.51.100.0/24; empty: everywhere'),
      })
      .describe('Where it would open'),
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
    risks: z.array(risk).describe('Known risks of what would open'),
    alternatives: z.array(alternative).describe('Narrower things to ask for'),
    measured: measuredSchema,
    tested: testedSchema,
  })
  .meta({
    title: 'nftproof review',
    description: 'What a request opens, and its measurement',
  })
