/**
 * The zod schema of a result file. The published JSON Schema is generated from it, and `show`
 * validates with it.
 */
import { z } from 'zod'
import {
  DISJOINT,
  fromTo,
  IN_ORDER,
  number16,
  rangeSchema,
  WITHIN_PROTOCOL,
} from './range-schema.ts'
import { MAX_SHARDS } from './shard.ts'
import { testedSchema } from './tested-schema.ts'

const family = z.literal([4, 6])
const protocol = z.enum(['tcp', 'udp', 'icmp', 'ip'])
const standing = z.enum(['conforms', 'mismatch', 'unknown'])
const path = {
  from: z.string(),
  to: z.string(),
  as: z.string().optional(),
  destination: z.string().optional(),
  after: z.literal('revocation').optional(),
}
const place = z.strictObject({ file: z.string(), line: z.int(), column: z.int() })
const clause = z.strictObject({ label: z.string(), at: place })

const expectation = z.union([
  z.strictObject({ verdict: z.literal('open'), clause }),
  z.strictObject({
    verdict: z.literal('blocked'),
    by: z.enum([
      'drop',
      'tcp-reset',
      'port-unreachable',
      'host-unreachable',
      'no-route',
      'admin-prohibited',
      'any',
    ]),
    clause,
  }),
])

const reset = z.strictObject({ kind: z.literal('reset'), from: z.string() })
const icmp = z.strictObject({
  kind: z.literal('icmp'),
  type: z.int().min(0).max(255),
  code: z.int().min(0).max(255),
  from: z.string(),
})
const answer = z.union([
  z.strictObject({ kind: z.literal('reply'), from: z.string().optional() }),
  reset,
  icmp,
])

export const attemptSchema = z.strictObject({
  target: z.strictObject({ zone: z.string(), changed: z.string().optional() }).nullable(),
  sender: answer.nullable(),
  lossy: z.literal(true).optional(),
})

export const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('open') }),
  z.strictObject({ kind: z.literal('one-way') }),
  z.strictObject({ kind: z.literal('rejected'), by: z.union([reset, icmp]) }),
  z.strictObject({ kind: z.literal('dropped') }),
  z.strictObject({
    kind: z.literal('translated'),
    change: z.string(),
    way: z.enum(['open', 'one-way']),
  }),
  z.strictObject({ kind: z.literal('unsteady') }),
  z.strictObject({ kind: z.literal('inconclusive'), reason: z.string() }),
])

/** One step of the kernel's trace. */
export const stepShape = {
  family: z.string().optional(),
  hook: z.string().optional(),
  table: z.string(),
  chain: z.string(),
  rule: z.string().optional(),
  handle: z.int().optional(),
  verdict: z.string(),
}

/** The file and line of a rule. */
export const rulePlace = z.strictObject({
  file: z.string(),
  line: z.int(),
  column: z.int().optional(),
})

export const evidenceSchema = z.strictObject({
  number: number16,
  probe: z.string(),
  trace: z.array(z.strictObject({ ...stepShape, at: rulePlace.optional() })),
})

const row = z
  .strictObject({
    ...fromTo,
    expected: expectation,
    observed: outcomeSchema,
    attempts: z.array(attemptSchema),
    verdict: standing,
    replay: z.string().optional(),
    evidence: evidenceSchema.optional(),
  })
  .refine(...IN_ORDER)

const ms = z.number().min(0).describe('Milliseconds')

const table = z
  .strictObject({
    ...path,
    family,
    protocol,
    coverage: z
      .strictObject({
        class: z.int(),
        members: z.int(),
        representative: z.string(),
        role: z.enum(['representative', 'member']),
      })
      .optional(),
    answer: z.enum(['reply', 'icmp-error']),
    boundariesOf: z.array(rangeSchema).optional(),
    sourcePort: number16.optional(),
    numbers: z.int(),
    probes: z.int(),
    rows: z.array(row).refine(...DISJOINT),
    losses: z.record(z.string(), z.int()),
    timing: z.strictObject({ sweepMs: ms }),
  })
  .refine(...WITHIN_PROTOCOL)

const sourcePorts = z.strictObject({
  ...path,
  family,
  protocol: z.enum(['tcp', 'udp']),
  ports: z.array(rangeSchema),
  towards: z.array(number16),
  probes: z.int(),
  exceptions: z.array(rangeSchema),
})

/** Ports with a handshake or an established flow, and the expected result. */
const exchange = <const E extends readonly [string, ...string[]]>(expected: E) =>
  z.strictObject({
    ...path,
    family,
    protocol: z.enum(['tcp', 'udp']),
    count: z.int(),
    rows: z
      .array(
        z
          .strictObject({
            ...fromTo,
            expected: z.enum(expected),
            observed: z.string(),
            verdict: standing,
            replay: z.string().optional(),
          })
          .refine(...IN_ORDER),
      )
      .refine(...DISJOINT),
  })

const handshake = exchange(['completes', 'blocked'])
const flow = exchange(['both ways', 'neither way'])

export const controlSchema = z.strictObject({
  ...path,
  family,
  protocol,
  ruleset: z.enum(['none', 'drop-all']),
  probes: z.int(),
  passed: z.boolean(),
  reason: z.string().optional(),
})

/** Result folders are named after the start time. */
const time = z.iso.datetime('must be a time like 2026-06-15T12:00:00.000Z')
const timing = z.strictObject({ startedAt: time.describe('UTC, as in RFC 3339'), totalMs: ms })

export const notMeasuredSchema = z.strictObject({
  family: family.optional().describe('Absent if it concerns the whole scenario'),
  cause: z
    .enum(['input', 'environment', 'bug'])
    .describe(
      'input: the firewall or a file was refused (exit 2). environment: this machine cannot measure it, or something failed (exit 3). bug: an unexpected error of nftproof (exit 3)',
    ),
  reason: z.string().describe('What failed, why, and the remedy'),
})

const scenario = z.strictObject({
  id: z.string(),
  title: z.string(),
  requirement: z.string(),
  source: z.string(),
  policy: z.strictObject({ id: z.string(), file: z.string(), sha256: z.string() }),
  at: z.string(),
  grants: z.array(
    z.strictObject({ request: z.string(), project: z.string(), until: z.string().optional() }),
  ),
  revoked: z.array(z.string()),
  ruleset: z.strictObject({ origin: z.string(), sha256: z.string(), text: z.string() }),
  status: standing,
  controls: z.array(controlSchema),
  tables: z.array(table),
  sourcePorts: z.array(sourcePorts),
  handshakes: z.array(handshake),
  flows: z.array(flow),
  notes: z.array(z.string()).optional(),
  remarks: z
    .array(z.string())
    .optional()
    .describe(
      'What a reader should know although it is no fault: a dormant table, a zone behind an interface that no rule names',
    ),
  untested: z
    .array(
      z.strictObject({
        rule: z.string(),
        chain: z.string(),
        at: z.strictObject({ file: z.string(), line: z.int() }).optional(),
        what: z.array(z.string()),
        accepted: z.string().optional(),
      }),
    )
    .optional(),
  problems: z.array(z.string()),
  notMeasured: z.array(notMeasuredSchema).optional(),
  timing,
})

export const versionsSchema = z.strictObject({
  nftproof: z.string(),
  node: z.string(),
  kernel: z.string(),
  nft: z.string(),
})

const count = z.int().min(1).max(MAX_SHARDS)
const places = z.array(z.int().min(0))

const shard = z
  .strictObject({
    index: count,
    count,
    plan: z.strictObject({
      parts: z.int().min(0),
      scenarios: z.string(),
      days: z.array(z.string()),
      options: z.string(),
      split: z.string(),
    }),
    parts: z.array(
      z.strictObject({ part: z.int().min(0), scenario: z.string(), class: count.optional() }),
    ),
    order: z.array(
      z.strictObject({
        scenario: z.string(),
        controls: places,
        tables: places,
        sourcePorts: places,
        handshakes: places,
        flows: places,
        problems: places,
      }),
    ),
  })
  .refine(({ index, count: of }) => index <= of, {
    path: ['index'],
    error: 'must not be more than "count"',
  })

const merged = z.strictObject({
  count,
  shards: z.array(
    z.strictObject({
      index: count,
      id: z.string(),
      status: standing,
      versions: versionsSchema,
      timing,
    }),
  ),
  missing: z.array(count),
  duplicated: z.array(count),
  problems: z.array(z.string()),
})

export const resultSchema = z
  .strictObject({
    format: z.literal('nftproof-result'),
    version: z.literal(1),
    id: z.string(),
    status: standing,
    interrupted: z.boolean(),
    versions: versionsSchema,
    machine: z.strictObject({ cores: z.int(), sandbox: z.enum(['root', 'rootless']) }),
    scenarios: z.array(scenario),
    tested: testedSchema,
    shard: shard.optional(),
    merged: merged.optional(),
    timing,
  })
  .refine(
    ({ scenarios, shard }) =>
      !shard || scenarios.every(({ id }) => shard.order.some(({ scenario }) => scenario === id)),
    { path: ['shard', 'places'], error: 'must have an entry for each scenario' },
  )
  .meta({ title: 'nftproof result', description: 'The complete result of a run' })
