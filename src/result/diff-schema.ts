/** The format of `diff --reporter json`. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { CHANGE_KINDS } from './change-kinds.ts'
import {
  controls,
  family,
  losses,
  notMeasured,
  outcomeSchema,
  pathShape,
  problems,
  protocol,
  replay,
  rulePlace,
  timing,
  versionSchema,
  versionsSchema,
} from './common-schema.ts'
import { packetSchema, walkSchema } from './packet-schema.ts'
import { fromTo, IN_ORDER, number16, rangeSchema } from './range-schema.ts'
import { testedSchema } from './tested-schema.ts'

const kind = z
  .enum(CHANGE_KINDS)
  .describe(
    'opened: open now. closed: open before. one-way: the probe arrives now, its answer does not. blocked-otherwise: blocked in another way. translated-otherwise: translated in another way. unsteady: attempts disagree now, or did before. unknown: the outcome before or after could not be measured',
  )

const change = z
  .strictObject({
    ...fromTo,
    kind,
    before: outcomeSchema.describe('Outcome through the old firewall'),
    after: outcomeSchema.describe('Outcome through the new firewall'),
    sometimes: z
      .boolean()
      .optional()
      .describe(
        'true if other attempts had an outcome that both firewalls show: below or above a limit. absent: false',
      ),
    declared: z
      .boolean()
      .optional()
      .describe('Whether the declaration names this change; absent: no declaration was given'),
    evidence: z
      .strictObject({
        number: number16.describe('Traced number, one for the whole range'),
        before: walkSchema.describe('Through the old firewall'),
        after: walkSchema.describe('Through the new firewall'),
      })
      .optional()
      .describe('Deciding rules, traced for one number of the range; absent: not traced'),
    unchanged: z
      .strictObject({
        count: z.int().describe('Number of these combinations'),
        examples: z.array(z.string()).describe('A few of them'),
      })
      .optional()
      .describe('Combinations in which the same numbers were probed and did not change'),
    replay,
  })
  .refine(...IN_ORDER)

const unsteady = z
  .strictObject({
    ...fromTo,
    alike: z.boolean().describe('Whether both firewalls were unsteady in the same way'),
    rule: z.string().optional().describe('The stateful rule; absent: unknown'),
  })
  .refine(...IN_ORDER)

const table = z.strictObject({
  ...pathShape,
  family,
  protocol,
  combination: z.string().describe('Packet fields that differ from an ordinary probe'),
  ordinary: z.boolean().describe('Whether the packet is ordinary'),
  packet: packetSchema,
  detail: z
    .enum(['all', 'boundaries'])
    .describe('all: every number was probed; boundaries: both sides of every edge'),
  numbers: z.int().describe('Ports, ICMP types or IP protocols probed'),
  probes: z.int().describe('Probes sent through each of the two firewalls'),
  changes: z.array(change).describe('Ranges that changed, in order'),
  unsteady: z.array(unsteady).describe('Ranges whose attempts disagreed, in order'),
  losses,
})

const side = z.strictObject({
  origin: z.string().describe('As given on the command line'),
  notVaried: z
    .array(z.string())
    .describe('Packet fields that the rules match and that no probe varies'),
  statefulRules: z.array(z.string()).describe('Rules whose outcome depends on earlier packets'),
})

const coverage = z
  .strictObject({
    paths: z.int().describe('Paths that were probed'),
    combinations: z.number().describe('Number of combinations of packet fields'),
    probed: z.int().describe('Combinations that were probed'),
    classes: z.int().describe('Equivalence classes of numbers'),
    numbers: z.int().describe('Numbers probed, over all tables'),
    probes: z.int().describe('Probes sent through each of the two firewalls'),
    unusedPaths: z.array(z.string()).describe('Paths on which both firewalls block everything'),
    alikePaths: z
      .array(z.string())
      .describe('Paths that both firewalls treat alike by their rules'),
    leftOut: z
      .array(z.string())
      .describe('Parts that were not probed, with the reason: one sentence each'),
  })
  .describe('Coverage of the probes')

const changedRule = z.strictObject({
  side: z.enum(['old', 'new']).describe('The firewall with this rule'),
  file: z.string().optional().describe('File of the rule; absent: not known'),
  line: z.int().optional().describe('Line of the rule, counted from 1; absent: not known'),
  chain: z.string().optional().describe('Table and chain of the rule; absent: it has none'),
  rule: z.string().describe('The rule as nft lists it, or what changed'),
  state: z
    .enum(['tried', 'shadowed', 'untested', 'not-asked'])
    .describe(
      'tried: a probe that satisfies its conditions reached it; shadowed: an earlier rule decided, or no rule leads to its chain; untested: no such probe was sent; not-asked: it affects no path of this comparison',
    ),
  by: z.string().optional().describe('The earlier rule that decided'),
  reason: z
    .string()
    .optional()
    .describe('Why no probe tested it; for a tested rule: why it has no effect'),
})

const zone = z.strictObject({
  name: z.string().describe('Name of the zone'),
  link: z.string().describe("Name of the zone's interface on the firewall"),
  addresses: z.array(z.string()).describe('Addresses with prefix lengths: 10.20.1.10/24'),
})

export const diffSchema = z
  .strictObject({
    format: z.literal('nftproof-diff').describe('Kind of this file'),
    version: versionSchema,
    status: z
      .enum(['same', 'as-declared', 'different', 'unknown', 'not-proved'])
      .describe(
        'same: every changed rule was tried, and nothing changed. as-declared: exactly what was declared changed. different: something else changed. unknown: something could not be measured. not-proved: nothing changed, but a changed rule was not tested',
      ),
    interrupted: z.boolean().describe('true if a signal ended the command early'),
    old: side.describe('The old firewall'),
    new: side.describe('The new firewall'),
    expected: z.string().optional().describe('File that declares the change; absent: none'),
    lab: z
      .strictObject({
        zones: z.array(zone).describe('Zones around both firewalls'),
        reasons: z
          .array(z.string())
          .describe('How the lab was chosen: one sentence for each decision'),
      })
      .describe('The machine that measured both'),
    coverage,
    controls,
    tables: z.array(table).describe('Sweeps with a change or an unsteady outcome'),
    missing: z
      .array(
        z.strictObject({
          numbers: rangeSchema.describe('Numbers that should have changed'),
          kind,
          ...pathShape,
          family,
          protocol,
          at: rulePlace.describe('Source position of the declaration'),
        }),
      )
      .describe('Declared changes that were not observed'),
    changedRules: z.array(changedRule).describe('Rules that only one firewall has, or that moved'),
    acceptsUntested: z
      .boolean()
      .describe('Whether the user accepts changed rules that no probe tested'),
    remarks: z
      .array(z.string())
      .optional()
      .describe(
        'Remarks that leave the status unchanged: a dormant table, a zone behind an interface that no rule names',
      ),
    problems,
    notMeasured,
    tested: testedSchema,
    versions: versionsSchema,
    timing,
  })
  .meta({
    title: 'nftproof diff',
    description: 'The differences between two firewalls: opened and closed ports',
  })
