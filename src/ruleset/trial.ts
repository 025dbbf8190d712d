/** Two rulesets of a platform, without a grant and with it, and what lies between them. */
import type { Zone } from '../lab/zone.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { tableOf } from './compile.ts'
import { difference } from './difference.ts'
import { firstAddress } from './sources.ts'
import { render } from './table.ts'
import type { Links } from './zone-ends.ts'

export interface TrialRulesets {
  readonly today: string
  readonly asked: string
  /** Projects that they bind. */
  readonly projects: number
  /** Commands that change one ruleset into the other; undefined if the whole ruleset differs. */
  readonly commands: readonly string[] | undefined
}

/** Rulesets of more projects than this are compiled for those in the lab only. */
const MOST_PROJECTS = 200

interface Platform {
  readonly policy: Policy
  readonly zones: readonly Zone[]
  /** Of a policy for zones. */
  readonly links?: Links | undefined
}

/** `zones`: those of the lab. */
interface Trial {
  readonly zones: readonly Zone[]
  readonly today: readonly Grant[]
  readonly asked: Grant
}

export function trialRulesets({ policy, zones, links }: Platform, trial: Trial): TrialRulesets {
  const isProject = ({ kind }: Zone): boolean => kind === 'project'
  const all = zones.filter(isProject)
  const projects = all.length > MOST_PROJECTS ? trial.zones.filter(isProject) : all
  const names = new Set(projects.map(({ name }) => name))
  const today = trial.today.filter(({ project }) => names.has(project))
  const before = tableOf(policy, projects, today, links)
  const after = tableOf(policy, projects, [...today, trial.asked], links)
  const { commands, whole } = difference(before, after)
  return {
    today: render(before),
    asked: render(after),
    projects: projects.length,
    commands: whole === undefined ? commands : undefined,
  }
}

/** Commands that name neither the project's link nor one of the project's chains. */
export function beyondProject(
  { name, link, addresses }: Zone,
  { commands }: TrialRulesets,
): string[] {
  if (!commands) return ['the whole ruleset is another one']
  const keys = addresses.map((one) => `{ "${link}" . ${firstAddress(one)} `)
  const chains = OWN_CHAINS.map((chain) => `${chain}${name.replaceAll('-', '_')}`)
  const isOwn = (command: string): boolean =>
    keys.some((key) => command.includes(key)) ||
    command.split(' ').some((word) => chains.includes(word))
  return commands.filter((command) => !isOwn(command))
}

/** The prefix of the chains of a project's grants, before the project's name. */
const OWN_CHAINS = ['grants_tcp_', 'grants_udp_', 'replies_tcp_', 'replies_udp_']
