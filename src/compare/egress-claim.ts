/** An egress scenario as a claim: its planned sweeps, each with its expectation. */
import { FIREWALL } from '../lab/lab.ts'
import type { Family } from '../net/protocol.ts'
import { hasPorts } from '../net/protocol.ts'
import { cutRules, linksOf } from '../plan/cut-rules.ts'
import { expectationsOf, flowPorts, handshakePorts, namedPorts } from '../plan/egress-expect.ts'
import { withConstants } from '../plan/egress-members.ts'
import { placesOf } from '../plan/egress-sweep.ts'
import { untestedByEgress } from '../plan/egress-untested.ts'
import { egressVariants, type VariantSweep } from '../plan/egress-variants.ts'
import { type PlannedSweep, type Sweepable, subjectOf } from '../plan/planned-sweep.ts'
import { settingsOf } from '../plan/sweep.ts'
import { cutNote } from '../plan/variants.ts'
import { egressControls, pathOf } from './controls.ts'
import type { Claim, ClaimPlan, ClaimSweep, Judge, Revocation, Rules, Side } from './experiment.ts'
import { verdictOf } from './policy.ts'
import { verdictOfNegative } from './translated.ts'

export interface EgressClaim {
  readonly subject: Sweepable
  /** Of the whole scenario. */
  readonly planned: readonly PlannedSweep[]
  /** Those of this part of it. */
  readonly own: readonly PlannedSweep[]
  readonly side: Side
  /** The way in which grants are revoked, or the reason why they cannot be revoked. */
  readonly revoking?: Pick<Revocation, 'refusal' | 'change'> | undefined
}

export function egressClaim(claim: EgressClaim): Claim {
  const { subject, planned, own, side } = claim
  const places = new Map(planned.map((sweep, i) => [sweep, i]))
  return {
    lab: placesOf(subject).lab,
    sides: [side],
    controls: (family) => egressControls(planned, own, family),
    plan: (family, [rules]) =>
      planOf(
        claim,
        own.filter((sweep) => sweep.family === family),
        { places, rules, family },
      ),
  }
}

interface Around {
  readonly places: ReadonlyMap<PlannedSweep, number>
  readonly rules: Rules | undefined
  readonly family: Family
}

function planOf(claim: EgressClaim, own: readonly PlannedSweep[], around: Around): ClaimPlan {
  const { subject } = claim
  const { rules, family, places } = around
  const before = own.filter(({ after }) => !after)
  const sweeps = before.map((sweep) =>
    claimSweep(subject, rules ? withConstants(sweep, rules.facts) : sweep, {
      ...around,
      id: places.get(sweep)!,
    }),
  )
  const revocation = revocationOf(claim, own, around)
  const plan = { sweeps, notes: [], untested: [], ...(revocation ? { revocation } : {}) }
  if (!rules) return plan
  const { zones } = placesOf(subject).lab
  const variants = egressVariants({ subject, facts: rules.facts, zones }, before)
  const protocols = [...new Set(own.map(({ protocol }) => protocol))]
  const bases = new Map(
    before.map((sweep) => [baseKey(sweep), places.get(sweep)!]).reverse() as [string, number][],
  )
  const varied = variants.sweeps.map((sweep) =>
    variantSweep(claim, sweep, { ...around, id: bases.get(baseKey(sweep))! }),
  )
  return {
    ...plan,
    sweeps: [...sweeps, ...varied],
    notes: variants.left > 0 ? [cutNote(variants.left)] : [],
    untested: [
      ...untestedByEgress(rules.inspection, {
        ...subject,
        ...{ family, protocols, isVaried: variants.isWhole },
      }),
      ...untestedByCut(claim, rules, family),
    ],
  }
}

/** Of the whole scenario: a part of it may lack the path on which a rule is tried. */
function untestedByCut({ subject, planned }: EgressClaim, rules: Rules, family: Family) {
  const { zones } = placesOf(subject).lab
  const all = planned.filter((sweep) => sweep.family === family && !sweep.after)
  const { cut, sweeps } = egressVariants({ subject, facts: rules.facts, zones }, all)
  if (cut.length === 0) return []
  const sent = [
    ...all.map((sweep) => ({ ...pathOf(sweep), numbers: sweep.numbers })),
    ...sweeps.map((sweep) => {
      const { source, target, fields } = sweep
      return { ...pathOf(sweep), packet: { source, target, ...fields }, numbers: sweep.numbers }
    }),
  ]
  return cutRules(rules.inspection, { cut, sent, links: linksOf(zones) })
}

const baseKey = ({ path, protocol }: PlannedSweep): string => `${path.from} ${path.to} ${protocol}`

function claimSweep(
  subject: Sweepable,
  sweep: PlannedSweep,
  { id, rules }: Around & { readonly id: number },
): ClaimSweep {
  return {
    ...pathOf(sweep),
    id,
    subject: subjectOf(sweep),
    numbers: sweep.numbers,
    asked: sweep.numbers,
    ...settingsOf(rules ? [rules.facts] : [], sweep),
    ...(sweep.coverage ? { coverage: sweep.coverage } : {}),
    judge: judgeOf(subject, sweep),
  }
}

function judgeOf({ policy }: Sweepable, sweep: PlannedSweep): Judge {
  const promised = expectationsOf(policy, sweep)
  const { protocol, plan, detail, after, numbers, ends } = sweep
  const judge = { expected: () => promised, verdict: verdictOf }
  const isChecked = plan.answer === 'reply' && detail === 'all' && !after
  // What the firewall itself sends has the source ports of its programs.
  if (!hasPorts(protocol) || !isChecked || plan.from === FIREWALL) return judge
  // Nothing on the firewall answers.
  if (plan.to === FIREWALL) return { ...judge, sourcePorts: {} }
  const choice = { numbers, named: namedPorts(policy, ends, protocol), which: plan.handshakes }
  return { ...judge, handshakes: (expected) => handshakePorts(expected, choice), sourcePorts: {} }
}

function variantSweep(
  { subject }: EgressClaim,
  sweep: VariantSweep,
  { rules, id }: Around & { readonly id: number },
): ClaimSweep {
  const promised = expectationsOf(subject.policy, { ...sweep, spoofed: false })
  const { source, target, fields, numbers, asked, isNegative } = sweep
  return {
    ...pathOf(sweep),
    id,
    packet: { source, target, ...fields },
    isVariant: true,
    ...{ subject: subjectOf(sweep), numbers, asked },
    ...settingsOf([rules!.facts], sweep),
    judge: { expected: () => promised, verdict: isNegative ? verdictOfNegative : verdictOf },
  }
}

function revocationOf(
  { subject, revoking }: EgressClaim,
  own: readonly PlannedSweep[],
  around: Around,
): Revocation | undefined {
  const later = own.filter(({ after }) => after)
  if (later.length === 0 || !revoking) return undefined
  const { policy, grants } = subject
  return {
    ...revoking,
    isKept: policy.grants?.revoked !== 'cut',
    sweeps: later.map((sweep) => {
      const all = grants.filter(({ project }) => project === sweep.plan.from)
      const before = expectationsOf(policy, { ...sweep, grants: all })
      const flows = flowPorts(before, expectationsOf(policy, sweep)).intersect(sweep.numbers)
      const id = around.places.get(sweep)!
      // Made again through the compiled rules, which remember nothing.
      return { ...claimSweep(subject, sweep, { ...around, id, rules: undefined }), flows }
    }),
  }
}
