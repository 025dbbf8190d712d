/**
 * The zod schemas of the output of `diff --json` and `explain --json`. The published JSON Schemas
 * are generated from them.
 */
import { z } from 'zod'
import { CHANGE_KINDS } from './change-kinds.ts'
import { fromTo, IN_ORDER, number16, rangeSchema } from './range-schema.ts'
import {
  attemptSchema,
  controlSchema,
  notMeasuredSchema,
  outcomeSchema,
  rulePlace,
  stepShape,
  versionsSchema,
} from './result-schema.ts'
import { testedSchema } from './tested-schema.ts'

const family = z.literal([4, 6])
const protocol = z.enum(['tcp', 'udp', 'icmp', 'ip'])
const place = rulePlace
const kind = z.enum(CHANGE_KINDS)
const losses = z.record(z.string(), z.number())

const walk = z.strictObject({
  probe: z.string(),
  steps: z.array(z.strictObject({ ...stepShape, at: place.optional() })),
})

const shape = z.strictObject({
  source: z.string(),
  target: z.string(),
  sourcePort: number16.optional(),
  length: z.int().optional().describe('Bytes of the whole IP packet'),
  ttl: z.int().optional().describe('TTL or hop limit: 1 to 255'),
  mark: z.int().optional(),
  flags: z
    .int()
    .optional()
    .describe('TCP flags of a packet other than SYN, as bits (RFC 9293 §3.1)'),
  dscp: z.int().optional().describe('Differentiated services code point (RFC 2474): 0 to 63'),
  code: z.int().optional().describe('Code of an ICMP message'),
})

const change = z
  .strictObject({
    ...fromTo,
    kind,
    before: outcomeSchema,
    after: outcomeSchema,
    declared: z.boolean().optional(),
    evidence: z.strictObject({ number: number16, before: walk, after: walk }).optional(),
    unchanged: z
      .strictObject({ count: z.int(), examples: z.array(z.string()) })
      .optional()
      .describe('Combinations in which the same numbers were probed and did not change'),
    replay: z.string(),
  })
  .refine(...IN_ORDER)

const table = z.strictObject({
  from: z.string(),
  to: z.string(),
  family,
  protocol,
  combination: z.string().describe('Packet fields that differ from an ordinary probe'),
  ordinary: z.boolean(),
  packet: shape,
  detail: z.enum(['all', 'boundaries']),
  numbers: z.int(),
  probes: z.int().describe('Sent through each of the two firewalls'),
  changes: z.array(change),
  unsteady: z.array(
    z
      .strictObject({ ...fromTo, alike: z.boolean(), rule: z.string().optional() })
      .refine(...IN_ORDER),
  ),
  losses,
})

const side = z.strictObject({
  origin: z.string(),
  notVaried: z
    .array(z.string())
    .describe('Packet properties that the rules compare and that no probe varies'),
  statefulRules: z.array(z.string()).describe('Rules whose outcome depends on earlier packets'),
})

const coverage = z.strictObject({
  paths: z.int(),
  combinations: z.number(),
  probed: z.int(),
  classes: z.int(),
  numbers: z.int(),
  probes: z.int(),
  unusedPaths: z.array(z.string()),
  alikePaths: z.array(z.string()),
  leftOut: z.array(z.string()),
})

const changedRule = z.strictObject({
  side: z.enum(['old', 'new']),
  file: z.string().optional(),
  line: z.int().optional(),
  chain: z.string().optional(),
  rule: z.string(),
  state: z
    .enum(['tried', 'shadowed', 'untested', 'not-asked'])
    .describe(
      'tried: a probe that satisfies its conditions reached it; shadowed: an earlier rule decided, or no rule leads to its chain; untested: no such probe was sent; not-asked: it concerns no path of this comparison',
    ),
  by: z.string().optional().describe('The earlier rule that decided'),
  reason: z
    .string()
    .optional()
    .describe('Why it was not tried; of a rule that was tried, why it is without effect'),
})

export const diffSchema = z
  .strictObject({
    format: z.literal('nftproof-diff'),
    version: z.literal(1),
    status: z.enum(['same', 'as-declared', 'different', 'unknown', 'not-proved']),
    interrupted: z.boolean(),
    old: side,
    new: side,
    expected: z.string().optional(),
    lab: z.strictObject({
      zones: z.array(
        z.strictObject({ name: z.string(), link: z.string(), addresses: z.array(z.string()) }),
      ),
      reasons: z.array(z.string()),
    }),
    coverage,
    controls: z.array(controlSchema),
    tables: z.array(table).describe('Sweeps with a change or an unsteady outcome'),
    missing: z.array(
      z.strictObject({
        numbers: rangeSchema,
        kind,
        from: z.string(),
        to: z.string(),
        family,
        protocol,
        at: place,
      }),
    ),
    changedRules: z.array(changedRule).describe('Rules that only one firewall has, or that moved'),
    acceptsUntested: z.boolean(),
    remarks: z
      .array(z.string())
      .optional()
      .describe(
        'What a reader should know although it is no doubt: a dormant table, a zone behind an interface that no rule names',
      ),
    problems: z.array(z.string()),
    notMeasured: z.array(notMeasuredSchema).optional(),
    tested: testedSchema,
    versions: versionsSchema,
    timing: z.strictObject({ startedAt: z.string(), totalMs: z.number().describe('Milliseconds') }),
  })
  .meta({
    title: 'nftproof diff',
    description: 'What changes between two firewalls: opened and closed ports',
  })

export const explainSchema = z
  .strictObject({
    format: z.literal('nftproof-explain'),
    version: z.literal(1),
    firewall: z.string().describe('As given on the command line'),
    from: z.string(),
    to: z.string(),
    family,
    protocol,
    number: number16,
    packet: shape,
    flags: z.string().optional().describe('TCP flags of a packet other than SYN: ack, fin,ack'),
    observation: z.strictObject({ outcome: outcomeSchema, attempts: z.array(attemptSchema) }),
    walk,
    losses,
    lab: z.array(z.string()).describe('How the lab was chosen: one sentence for each decision'),
    problems: z.array(z.string()),
    tested: testedSchema,
    versions: versionsSchema,
  })
  .meta({ title: 'nftproof explanation', description: 'One packet and every rule that it met' })
