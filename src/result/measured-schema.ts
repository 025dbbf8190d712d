/** The format of a request's measurement. Sets of ports are lists of ranges in JSON. */
import { z } from 'zod'
import { PortSet } from '../net/port-set.ts'
import { evidenceSchema, family, pathShape, portProtocol, problems } from './common-schema.ts'
import { rangeSchema } from './range-schema.ts'

const isPortSet = z.custom<PortSet>((value) => value instanceof PortSet)

/** In code a set, in JSON its ranges. */
export const portSet = z.codec(z.array(rangeSchema), isPortSet, {
  decode: (ranges) => PortSet.of(...ranges),
  encode: (set) => set.ranges.map(({ from, to }) => ({ from, to })),
})

const verdict = z
  .enum(['exact', 'different', 'unknown'])
  .describe(
    'exact: the requested ports opened, and nothing else changed. different: something else changed. unknown: nothing is wrong, but some results are unknown',
  )

const row = z.strictObject({
  from: pathShape.from,
  family,
  protocol: portProtocol,
  target: z.string().describe('Destination address, as text'),
  where: z
    .enum(['inside', 'outside', 'anywhere'])
    .describe(
      'inside: in a destination of the request. outside: in none of them. anywhere: the request has no destinations',
    ),
  as: z
    .string()
    .optional()
    .describe('Project whose source address the probe spoofs; absent: its own address'),
  extent: z
    .enum(['all', 'few'])
    .describe('Every port, or only the ports at which a difference could show'),
  numbers: z.int().describe('Ports swept through each ruleset'),
  expected: portSet.describe('Ports that should have opened'),
  opened: portSet.describe('Ports that opened'),
  closed: portSet.describe('Ports that closed'),
  altered: portSet.describe(
    'Ports that are not open before or after, but are blocked in another way',
  ),
  unsure: portSet.describe('Ports that were unsteady or inconclusive, before or after'),
  verdict,
  evidence: z
    .array(evidenceSchema)
    .describe(
      'The path through the ruleset with the request: one number for each wrong range, for the first few ranges',
    ),
})

const standIn = z.strictObject({
  given: z.string().describe('Destination of the request: 198.51.100.0/24'),
  used: z.string().describe('Prefix that replaced it in the lab'),
})

export const measuredSchema = z
  .union([
    z.strictObject({
      verdict: z.literal('not measured').describe('Nothing was measured'),
      wanted: z.boolean().describe('Whether a measurement was requested'),
      reason: z.string().describe('Why nothing was measured'),
    }),
    z.strictObject({
      verdict,
      rows: z.array(row).describe('Paths: those that differ first, then unknown ones'),
      problems,
      standIns: z
        .array(standIn)
        .describe('Destinations that are in use on the Internet, and their stand-ins'),
      left: z.int().describe('Destinations that were not measured, because there are too many'),
      beyond: z
        .array(z.string())
        .describe('Commands in the difference of the rulesets that concern more than the project'),
      controls: z.int().describe('Positive and negative controls that ran'),
      probes: z.int().describe('Probes sent, in all attempts'),
      projects: z
        .strictObject({
          compiled: z.int().describe('Projects in the rulesets'),
          all: z.int().describe('Projects in the platform'),
        })
        .describe('Number of projects in the lab'),
      totalMs: z.number().describe('Duration in milliseconds'),
    }),
  ])
  .describe("The measurement: today's ruleset, and the ruleset with the request")
