/** A scenario about a given firewall, made ready: the firewall read, its lab chosen, and the policy found to fit it. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { NamedLink } from '../../src/verify/claim.ts'
import { problemsOfFit, withHosts } from '../../src/verify/fit.ts'
import { suggestion } from '../../src/yaml/issues.ts'
import { type Problem, problemText } from '../../src/yaml/problem.ts'
import { InputFailure } from '../failure.ts'
import { readFirewall } from '../firewall/read.ts'
import { type ChosenLab, chooseLab } from '../lab-choice.ts'
import type { LoadedClaim } from '../read.ts'

export interface Verification extends LoadedClaim {
  readonly firewall: Firewall
  readonly lab: ChosenLab
}

/** `instead`: a firewall other than the scenario's. Throws InputFailure with everything that does not go together. */
export function prepare(loaded: LoadedClaim, instead?: Firewall): Verification {
  const firewall = instead ?? firewallOf(loaded)
  const lab = labOf(loaded, firewall)
  const problems = problemsOfFit(loaded.policy, lab.plan)
  if (problems.length > 0) throw failure(problems)
  return { ...loaded, firewall, lab }
}

function firewallOf({ scenario: { firewall, firewallAt } }: LoadedClaim): Firewall {
  try {
    return readFirewall(firewall)
  } catch (cause) {
    if (!(cause instanceof InputFailure)) throw cause
    throw failure([{ at: firewallAt, message: `firewall ${cause.message}` }], cause)
  }
}

const failure = (problems: readonly Problem[], cause?: unknown): InputFailure =>
  new InputFailure(problems.map(problemText).join('\n'), { cause })

function labOf({ scenario: { lab }, policy }: LoadedClaim, firewall: Firewall): ChosenLab {
  switch (lab.kind) {
    case 'file':
      return chooseLab([firewall], { lab: lab.file })
    case 'given':
      return { plan: lab.plan, told: [] }
    case 'named': {
      const inferred = inferLab(firewall.parts)
      const plan = renamed(inferred.plan, lab.links, firewall.origin)
      return { plan: withHosts(plan, policy), told: inferred.told }
    }
    case 'inferred': {
      const inferred = inferLab(firewall.parts)
      return { plan: withHosts(inferred.plan, policy), told: inferred.told }
    }
    default:
      throw new Error(`unknown lab ${JSON.stringify(lab satisfies never)}`)
  }
}

/** Zones of the scenario are what is behind its interfaces; the others keep their names. */
function renamed(plan: LabPlan, links: readonly NamedLink[], origin: string): LabPlan {
  const known = plan.zones.map(({ link }) => link)
  const problems = [
    ...links
      .filter(({ link }) => !known.includes(link))
      .map(({ zone, link, at }) => ({
        at,
        message: `zone ${zone}: ${origin} names no interface ${JSON.stringify(link)}${suggestion(link, known)}; zones can also be described as in a lab file`,
      })),
    ...links
      .filter(({ link }, i) => links.findIndex((one) => one.link === link) < i)
      .map(({ zone, link, at }) => ({
        at,
        message: `zone ${zone}: interface ${JSON.stringify(link)} is that of another zone already`,
      })),
  ]
  if (problems.length > 0) throw failure(problems)
  const taken = new Set(links.map(({ zone }) => zone))
  return {
    ...plan,
    zones: plan.zones.map((zone) => {
      const name = links.find(({ link }) => link === zone.link)?.zone ?? zone.name
      const isOther = name === zone.name && !links.some(({ link }) => link === zone.link)
      return { ...zone, name: isOther && taken.has(name) ? `${name}-link` : name }
    }),
  }
}
