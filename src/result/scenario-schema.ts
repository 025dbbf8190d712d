/** The result of one scenario in a run. */
import { z } from 'zod'
import {
  attempts,
  controls,
  evidenceSchema,
  family,
  losses,
  ms,
  notMeasured,
  outcomeSchema,
  place,
  portProtocol,
  probes,
  problems,
  protocol,
  replay,
  sweptPath,
  timing,
  verdict,
} from './common-schema.ts'
import {
  DISJOINT,
  fromTo,
  IN_ORDER,
  number16,
  rangeSchema,
  WITHIN_PROTOCOL,
} from './range-schema.ts'

const sha256 = z.string().describe('SHA-256 of the file or text, in hexadecimal')

const clause = z
  .strictObject({
    label: z.string().describe('The line in a few words: `allow SSH`, `deny tcp 1–1024`'),
    at: place,
  })
  .describe('The line of the policy, or the grant, that decides')

const EXPECTED = 'Expectation of the policy: open or blocked'
const expectation = z
  .union([
    z.strictObject({ verdict: z.literal('open').describe(EXPECTED), clause }),
    z.strictObject({
      verdict: z.literal('blocked').describe(EXPECTED),
      by: z
        .enum([
          'drop',
          'tcp-reset',
          'port-unreachable',
          'host-unreachable',
          'no-route',
          'admin-prohibited',
          'any',
        ])
        .describe('How a blocked packet must be answered; drop: no answer; any: any of these'),
      clause,
    }),
  ])
  .describe('Expectation of the policy for these numbers')

const row = z
  .strictObject({
    ...fromTo,
    expected: expectation,
    observed: outcomeSchema.describe('Outcome of the probes'),
    attempts,
    verdict,
    replay: replay.optional(),
    evidence: evidenceSchema.optional(),
  })
  .refine(...IN_ORDER)

const coverage = z
  .strictObject({
    class: z.int().describe('Number of the equivalence class of projects, counted from 1'),
    members: z.int().describe('Projects of the class'),
    representative: z.string().describe('The project that was swept on all ports'),
    role: z
      .enum(['representative', 'member'])
      .describe('representative: swept on all ports; member: on the edges only'),
  })
  .describe(
    'The part of the equivalence class of projects that this sweep covers; absent: no class',
  )

const table = z
  .strictObject({
    ...sweptPath,
    family,
    protocol,
    coverage: coverage.optional(),
    answer: z
      .enum(['reply', 'icmp-error'])
      .describe("The target's answer: an ordinary reply or an ICMP error"),
    boundariesOf: z
      .array(rangeSchema)
      .optional()
      .describe('Present if only boundaries were probed: both sides of every edge in these ranges'),
    sourcePort: number16
      .optional()
      .describe('Source port of this sweep, 0 to 65535; absent: it was not fixed'),
    variant: z
      .literal(true)
      .optional()
      .describe(
        "Present if the firewall's own rules tell these packets apart from the ordinary ones of their path",
      ),
    numbers: z.int().describe('Ports, ICMP types or IP protocols probed'),
    probes,
    rows: z
      .array(row)
      .refine(...DISJOINT)
      .describe('Ranges with one expectation and one outcome, in order'),
    losses,
    timing: z.strictObject({ sweepMs: ms }).describe('Duration'),
  })
  .refine(...WITHIN_PROTOCOL)

const sourcePorts = z.strictObject({
  ...sweptPath,
  family,
  protocol: portProtocol,
  ports: z.array(rangeSchema).describe('Source ports that were tried'),
  towards: z.array(number16).describe('Destination ports to which they were sent, 0 to 65535'),
  probes,
  exceptions: z.array(rangeSchema).describe('Source ports with an unexpected outcome'),
})

interface Exchanged<E extends readonly [string, ...string[]]> {
  readonly expected: E
  readonly seen: string
  readonly counted: string
}

/** Ports with exchanges of several packets, and their expectation. */
const exchange = <const E extends readonly [string, ...string[]]>(of: Exchanged<E>) =>
  z.strictObject({
    ...sweptPath,
    family,
    protocol: portProtocol,
    count: z.int().describe(of.counted),
    rows: z
      .array(
        z
          .strictObject({
            ...fromTo,
            expected: z.enum(of.expected).describe('Expectation of the policy'),
            observed: z.string().describe(of.seen),
            verdict,
            replay: replay.optional(),
          })
          .refine(...IN_ORDER),
      )
      .refine(...DISJOINT)
      .describe('Ranges with one expectation and one outcome, in order'),
  })

const handshake = exchange({
  expected: ['completes', 'blocked'],
  seen: '`completed`, or the step that failed: `no SYN-ACK`, `no data back` …',
  counted: 'Handshakes tried',
})
const flow = exchange({
  expected: ['both ways', 'neither way'],
  seen: '`both ways`, `only back` …; or why the flow was not established',
  counted: 'Established flows checked',
})

const grant = z.strictObject({
  request: z.string().describe('Id of the request'),
  project: z.string().describe('Project of the grant'),
  until: z
    .string()
    .optional()
    .describe('Last day on which it is in force, as in RFC 3339; absent: no end'),
})

const untestedRule = z.strictObject({
  rule: z.string().describe('The rule as nft lists it'),
  chain: z.string().describe('Table and chain of the rule'),
  at: z
    .strictObject({
      file: z.string().describe('Path of the file as given, relative to the working directory'),
      line: z.int().describe('Line, counted from 1'),
    })
    .optional()
    .describe('Source position of the rule; absent: unknown'),
  what: z.array(z.string()).describe('Conditions that no probe varies'),
  accepted: z
    .string()
    .optional()
    .describe(
      'The reason why the scenario accepts the rule untested; absent: not accepted, so the result is not proved',
    ),
})

export const scenarioResultSchema = z.strictObject({
  id: z.string().describe('Path of its file below the scenarios folder, without the ending'),
  title: z.string().describe('Title of the scenario'),
  requirement: z.string().describe('The claim, in a sentence'),
  source: z.string().describe('The document that requires the claim'),
  policy: z
    .strictObject({
      id: z.string().describe('Id of the policy'),
      file: z.string().describe('Path of the policy file as given'),
      sha256,
    })
    .describe('The policy that the expectations come from'),
  at: z.string().describe('The date on which grants were evaluated, as in RFC 3339'),
  grants: z.array(grant).describe('Grants in force on that date'),
  revoked: z
    .array(z.string())
    .describe('Requests whose grants were revoked while their flows were established'),
  ruleset: z
    .strictObject({
      origin: z.string().describe('Origin of the ruleset'),
      sha256,
      text: z.string().describe('The ruleset itself'),
    })
    .describe('The ruleset that was loaded'),
  status: verdict,
  controls,
  tables: z.array(table).describe('Sweeps, in the order of the plan'),
  sourcePorts: z
    .array(sourcePorts)
    .describe('Sweeps of source ports, which find rules that compare the source port'),
  handshakes: z.array(handshake).describe('Handshakes at boundaries and on named ports'),
  flows: z.array(flow).describe('Established flows, checked after grants were revoked'),
  notes: z
    .array(z.string())
    .optional()
    .describe(
      'The lab of the firewall, and parts that were not probed: one sentence each; absent: a scenario of projects',
    ),
  remarks: z
    .array(z.string())
    .optional()
    .describe(
      'Remarks that leave the status unchanged: a dormant table, a zone behind an interface that no rule names, an entry that accepts no rule',
    ),
  untested: z
    .array(untestedRule)
    .optional()
    .describe('Rules that can affect an outcome and that no probe exercised'),
  problems,
  notMeasured,
  timing,
})
