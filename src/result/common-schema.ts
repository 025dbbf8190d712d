/** Parts that several result formats have in common. Every field has a description. */
import { z } from 'zod'
import { number16 } from './range-schema.ts'
import { READABLE_VERSIONS, RESULT_VERSION } from './version.ts'

export const versionSchema = z
  .literal(READABLE_VERSIONS, {
    error: ({ input }) =>
      typeof input === 'number' && input > RESULT_VERSION
        ? `is ${input}: this nftproof reads ${READABLE_VERSIONS.join(' and ')}: update nftproof`
        : `must be ${READABLE_VERSIONS.join(' or ')}`,
  })
  .describe('Version of the format: 2; results of version 1 are read, too')

export const family = z.literal([4, 6]).describe('IP version')
export const protocol = z
  .enum(['tcp', 'udp', 'icmp', 'ip'])
  .describe('Probed protocol. icmp: ICMPv6 over IPv6. ip: every IP protocol number')
export const portProtocol = z.enum(['tcp', 'udp']).describe('TCP or UDP')

export const verdict = z
  .enum(['conforms', 'mismatch', 'unknown'])
  .describe(
    'conforms: as expected. mismatch: not as expected. unknown: unsteady, inconclusive or not measured, and nothing is known to be wrong',
  )

export const time = z.iso
  .datetime('must be a time like 2026-06-15T12:00:00.000Z')
  .describe('Start, UTC, as in RFC 3339')
export const ms = z.number().min(0).describe('Duration in milliseconds')
export const day = z.iso.date().describe('Date, as in RFC 3339: 2026-06-15')

/** Which packets: `from` and `to` are zones. */
export const pathShape = {
  from: z.string().describe('Zone of the sender; "firewall" is the firewall itself'),
  to: z.string().describe('Zone of the destination; "firewall" is the firewall itself'),
}

export const sweptPath = {
  ...pathShape,
  as: z.string().optional().describe('Label of the spoofed source; absent: its own address'),
  destination: z
    .string()
    .optional()
    .describe("Label of the destination; absent: the zone's own address"),
  after: z
    .literal('revocation')
    .optional()
    .describe('Present if grants were revoked before this sweep; absent: nothing changed before'),
}

/** Lines and columns count from 1. */
export const place = z
  .strictObject({
    file: z.string().describe('Path of the file as given, relative to the working directory'),
    line: z.int().describe('Line, counted from 1'),
    column: z.int().describe('Column in characters, counted from 1'),
  })
  .describe('Position in its file')

export const rulePlace = z
  .strictObject({
    file: z.string().describe('Path of the file as given, relative to the working directory'),
    line: z.int().describe('Line, counted from 1'),
    column: z.int().optional().describe('Column in characters, counted from 1; absent: not known'),
  })
  .describe('Source position of the rule; absent: unknown')

const sender = z.string().describe('Address that sent the answer, as text')
const reset = z.strictObject({ kind: z.literal('reset').describe('A TCP reset'), from: sender })
const icmp = z.strictObject({
  kind: z.literal('icmp').describe('An ICMP or ICMPv6 error'),
  type: z.int().min(0).max(255).describe('Type of the ICMP message: 0 to 255'),
  code: z.int().min(0).max(255).describe('Code of the ICMP message: 0 to 255'),
  from: sender,
})
const answer = z.union([
  z.strictObject({
    kind: z.literal('reply').describe('The answer of the target'),
    from: z
      .string()
      .optional()
      .describe('Address that sent the answer; absent: the probed address'),
  }),
  reset,
  icmp,
])

export const attemptSchema = z.strictObject({
  target: z
    .strictObject({
      zone: z.string().describe('Zone where the probe arrived'),
      changed: z
        .string()
        .optional()
        .describe('What changed on the way: `port 8080 → 80`; absent: nothing'),
    })
    .nullable()
    .describe('The probe as the target received it; null: not received'),
  sender: answer.nullable().describe('The answer as the sender received it; null: not received'),
  lossy: z
    .literal(true)
    .optional()
    .describe(
      'Whether kernel counters show lost packets. If they do, a missing answer proves nothing',
    ),
})

export const attempts = z.array(attemptSchema).describe('All attempts, in order')

const OUTCOME = 'Outcome: see [the table of outcomes](concepts.md#outcomes)'
const kind = <const K extends string>(name: K) => z.literal(name).describe(OUTCOME)

export const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: kind('open') }),
  z.strictObject({ kind: kind('one-way') }),
  z.strictObject({
    kind: kind('rejected'),
    by: z.union([reset, icmp]).describe('Who rejected the probe, and how'),
  }),
  z.strictObject({ kind: kind('dropped') }),
  z.strictObject({
    kind: kind('translated'),
    change: z.string().describe('Fields that changed on the way: `port 8080 → 80`'),
    way: z.enum(['open', 'one-way']).describe('open: the answer came back; one-way: it did not'),
  }),
  z.strictObject({ kind: kind('unsteady') }),
  z.strictObject({
    kind: kind('inconclusive'),
    reason: z.string().describe('Why the outcome of the probe is unknown'),
  }),
])

/** A step of the kernel's walk. */
export const stepShape = {
  family: z.string().optional().describe('Family of the table: ip, ip6, inet …'),
  hook: z.string().optional().describe('Hook of the chain; absent: none, or unknown'),
  table: z.string().describe('Table of the rule'),
  chain: z.string().describe('Chain of the rule'),
  rule: z
    .string()
    .optional()
    .describe('The rule as nft lists it; absent: the policy of the chain, or its end'),
  handle: z.int().optional().describe('Handle of the rule, as nft -a lists it'),
  verdict: z.string().describe('Verdict of the step: accept, drop, jump …'),
}

export const evidenceSchema = z
  .strictObject({
    number: number16.describe('Traced number, one for the whole range'),
    probe: z.string().describe('The traced probe'),
    trace: z
      .array(z.strictObject({ ...stepShape, at: rulePlace.optional() }))
      .describe("Steps of the kernel's trace, in order"),
  })
  .describe('Deciding rules, traced for one number of the range')

export const losses = z
  .record(z.string(), z.int())
  .describe('Lost packets during the sweep, by kernel counter; empty: no loss')

export const probes = z.int().describe('Probes sent, in all attempts')
export const replay = z.string().describe('Command that repeats the probe')
export const problems = z
  .array(z.string())
  .describe('Reasons to doubt the measurement, one sentence each; empty: none')

export const controlSchema = z.strictObject({
  ...sweptPath,
  family,
  protocol,
  ruleset: z
    .enum(['none', 'drop-all'])
    .describe(
      'none: without rules, every control probe must arrive; drop-all: no control probe may arrive',
    ),
  probes,
  passed: z.boolean().describe('Whether the control passed'),
  reason: z.string().optional().describe('Observed outcome, if the control failed'),
})
export const controls = z.array(controlSchema).describe('Positive and negative controls')

export const notMeasuredSchema = z.strictObject({
  family: family.optional().describe('IP version; absent: the whole scenario'),
  cause: z
    .enum(['input', 'environment', 'bug'])
    .describe(
      'input: the firewall or a file was refused (exit 2). environment: this machine cannot measure it, or something failed (exit 3). bug: an unexpected error of nftproof (exit 3)',
    ),
  reason: z.string().describe('What failed, why, and the remedy'),
})
export const notMeasured = z
  .array(notMeasuredSchema)
  .optional()
  .describe('Parts that could not be measured, with the reason; absent: none')

export const versionsSchema = z
  .strictObject({
    nftproof: z.string().describe('Version of nftproof'),
    node: z.string().describe('Version of Node.js'),
    kernel: z.string().describe('Kernel release; a merged result may list several'),
    nft: z.string().describe('Version of the nft that loaded the ruleset'),
  })
  .describe('Versions of the programs that measured')

export const timing = z
  .strictObject({ startedAt: time, totalMs: ms })
  .describe('Start and duration; no other field depends on the time')
