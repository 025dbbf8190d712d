/** The zod schema of a review as JSON. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { PortSet, type Range } from '../net/port-set.ts'
import { fromTo, IN_ORDER, rangeSchema } from '../result/range-schema.ts'
import { evidenceSchema } from '../result/result-schema.ts'
import type { Tested } from '../result/tested.ts'
import { testedSchema } from '../result/tested-schema.ts'
import type { Review } from './review.ts'

const ranges = z.array(rangeSchema)
const day = z.iso.date()
const place = z.strictObject({ file: z.string(), line: z.int(), column: z.int() })
const family = z.literal([4, 6])
const protocol = z.enum(['tcp', 'udp'])
const prefix = z.strictObject({
  family,
  address: z.string(),
  prefixLength: z.int().min(0).max(128),
})

const decision = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('pending') }),
  z.strictObject({
    status: z.literal('approved'),
    by: z.string(),
    on: day,
    reason: z.string(),
    until: day.optional(),
  }),
  z.strictObject({
    status: z.literal('rejected'),
    by: z.string(),
    on: day,
    reason: z.string(),
  }),
])

const request = z.strictObject({
  id: z.string(),
  project: z.string(),
  organization: z.string(),
  useCase: z.string(),
  tcp: ranges,
  udp: ranges,
  destinations: z.array(prefix),
  requested: day,
  decision,
  at: place,
})

const finding = z.strictObject({
  kind: z.enum(['contradiction', 'needless', 'overlap', 'vague', 'no-effect']),
  at: place,
  message: z.string(),
})

const opened = z.strictObject({
  protocol,
  asked: z.int(),
  ranges: z.array(z.strictObject({ ...fromTo, services: z.array(z.string()) }).refine(...IN_ORDER)),
  count: z.int(),
  already: ranges,
})

const risk = z.strictObject({
  id: z.string(),
  kind: z.enum([
    'size',
    'spam',
    'amplification',
    'file-sharing',
    'remote-desktop',
    'irc',
    'telnet',
  ]),
  title: z.string(),
  tcp: ranges,
  udp: ranges,
  reason: z.string(),
  source: z.string(),
})

const alternative = z.strictObject({
  id: z.enum(['submission', 'destinations', 'single-ports', 'expiry', 'leave-out']),
  advice: z.string(),
  source: z.string().optional(),
})

const verdict = z.enum(['exact', 'different', 'unknown'])
const row = z.strictObject({
  from: z.string(),
  family,
  protocol,
  target: z.string(),
  where: z.enum(['inside', 'outside', 'anywhere']),
  as: z.string().optional().describe('Project whose source address the probe spoofs'),
  extent: z
    .enum(['all', 'few'])
    .describe('Every port, or only the ports at which a difference could show'),
  numbers: z.int().describe('Numbers swept through each ruleset'),
  expected: ranges.describe('Ports that should open'),
  opened: ranges,
  closed: ranges,
  altered: ranges,
  unsure: ranges,
  verdict,
  evidence: z
    .array(evidenceSchema)
    .describe('The path through the ruleset with the request, if the row is wrong'),
})

const measured = z.union([
  z.strictObject({
    verdict: z.literal('not measured'),
    wanted: z.boolean(),
    reason: z.string(),
  }),
  z.strictObject({
    verdict,
    rows: z.array(row),
    problems: z.array(z.string()),
    standIns: z.array(z.strictObject({ given: z.string(), used: z.string() })),
    left: z.int().describe('Destinations that were not measured'),
    beyond: z
      .array(z.string())
      .describe('Commands in the difference of the rulesets that concern more than the project'),
    controls: z.int(),
    probes: z.int(),
    projects: z.strictObject({ compiled: z.int(), all: z.int() }),
    totalMs: z.number().describe('Milliseconds'),
  }),
])

const naming = z.union([
  z.strictObject({ named: z.literal(true), source: z.string() }),
  z.strictObject({ named: z.literal(false), reason: z.string() }),
])

export const reviewSchema = z
  .strictObject({
    format: z.literal('nftproof-review'),
    version: z.literal(1),
    request,
    at: day.describe('Date of the review'),
    state: z.enum(['expiring', 'expired', 'pending', 'to-come', 'holds', 'rejected']),
    policy: z.strictObject({ id: z.string(), file: z.string() }),
    platform: z.string(),
    findings: z.array(finding),
    opened: z.array(opened),
    scope: z.strictObject({ families: z.array(family), destinations: z.array(z.string()) }),
    prolonged: z
      .array(z.strictObject({ request: z.string(), until: day, tcp: ranges, udp: ranges }))
      .describe('Ports that grants open today and that stay open after these end'),
    naming,
    risks: z.array(risk),
    alternatives: z.array(alternative),
    measured,
    tested: testedSchema,
  })
  .meta({
    title: 'nftproof review',
    description: 'What a request opens, and its measurement',
  })

/** A set of ports as JSON: its ranges. */
type Written<T> = T extends PortSet
  ? Range[]
  : T extends readonly (infer U)[]
    ? Written<U>[]
    : T extends object
      ? { -readonly [K in keyof T]: Written<Exclude<T[K], undefined>> }
      : T
type Page = Omit<Review, 'request'> & {
  readonly format: 'nftproof-review'
  readonly version: 1
  readonly tested: Tested
  readonly request: Omit<Review['request'], 'places'>
}

/** A review as JSON, as in the published schema. */
export function reviewText(review: Review, tested: Tested): string {
  const { places: _, ...request } = review.request
  const page = { format: 'nftproof-review', version: 1, ...review, request, tested } satisfies Page
  return JSON.stringify(page, (_, value) => (value instanceof PortSet ? value.ranges : value), 1)
}

export type ReviewFile = z.infer<typeof reviewSchema>

/** Reads what `reviewText` wrote. Throws for anything else. */
export function readReviewText(text: string): ReviewFile {
  return reviewSchema.parse(JSON.parse(text))
}

// The schema and the type of a review must agree: this fails to compile if only one of them
// changes.
type Read = Written<ReviewFile>
const readable: (written: Written<Page>) => Read = (written) => written
const writable: (read: Read) => Written<Page> = (read) => read
void readable
void writable
