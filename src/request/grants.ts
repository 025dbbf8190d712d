/** Requests on a day → the grants in force, and all contradictions. */

import { inOrder, lazily, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'
import { PortSet } from '../net/port-set.ts'
import { overlaps as haveCommonAddress } from '../net/prefix.ts'
import { FAMILIES, type Family, PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import { decide } from '../policy/decide.ts'
import type { Day, Grant, Opening } from '../policy/grant.ts'
import { endsOfGrants } from '../policy/grantees.ts'
import type { Policy, Statement } from '../policy/policy.ts'
import { numbersOf, statementsAbout } from '../policy/statements.ts'
import type { NamedRequest } from './read.ts'
import type { Request } from './request.ts'

/** The project file has an invalid organization. The error is reported for that file. */
export const UNREADABLE = Symbol('unreadable')

/** Projects and their organizations. Undefined if the organization is unknown. */
export type Organizations = ReadonlyMap<string, string | undefined | typeof UNREADABLE>

export interface Granting {
  readonly policy: Policy
  readonly organizations: Organizations
  /** The date on which grants are evaluated. */
  readonly at: Day
}

export interface Granted {
  /** In the order of the requests. */
  readonly grants: readonly Grant[]
  /** Errors: an unknown project, or a project of another organization. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

export function grantsOf(requests: readonly Request[], granting: Granting): Granted {
  const { at, policy } = granting
  const open = openFor(policy)
  const live = requests.filter((request) => isLive(request, at))
  return {
    grants: live.map(toGrant),
    problems: problemsAmong(requests, granting.organizations),
    warnings: inOrder([
      ...requests.flatMap((request) => expired(request, at)),
      ...live.flatMap((request) => needless(request, open(request.project))),
      ...live.flatMap((request) => deniedAnyway(request, policy)),
      ...overlaps(live),
    ]),
  }
}

/**
 * Requests that contradict each other or the projects. Only entries without errors are compared.
 */
export function problemsAmong(
  requests: readonly NamedRequest[],
  organizations: Organizations | undefined,
): readonly Problem[] {
  return inOrder([
    ...repeatedIds(requests),
    ...(organizations ? requests.flatMap((request) => contradictions(request, organizations)) : []),
  ])
}

/** An approval is in force from the day of the decision to its last day, both included. */
export function isLive({ decision }: Request, at: Day): boolean {
  if (decision.status !== 'approved' || at < decision.on) return false
  return decision.until === undefined || at <= decision.until
}

export function toGrant(request: Request): Grant {
  const { id, project, tcp, udp, destinations, decision, at } = request
  const until = decision.status === 'approved' ? decision.until : undefined
  return {
    request: id,
    project,
    tcp,
    udp,
    destinations,
    ...(until === undefined ? {} : { until }),
    label: `grant ${id}`,
    at,
  }
}

/**
 * Ports that the policy opens to a project without any grant, over both families. All projects of an
 * egress policy are alike.
 */
export function openAnyway(policy: Policy, protocol: PortProtocol, project: string): PortSet {
  const ends = endsOfGrants(policy, project)
  return overBoth((family) => {
    const spans = decide(policy, { ...ends, family, protocol })
    return PortSet.of(...spans.filter(({ value }) => value.verdict === 'open'))
  })
}

export function openAnywayTo(policy: Policy, project: string): OpenAnyway {
  const { name } = endsOfGrants(policy, project).from
  return {
    tcp: openAnyway(policy, 'tcp', project),
    udp: openAnyway(policy, 'udp', project),
    who: name === project ? project : 'every project',
  }
}

/** For many projects: those that are alike are asked once. */
function openFor(policy: Policy): (project: string) => OpenAnyway {
  const known = new Map<string, OpenAnyway>()
  return (project) => {
    const { name } = endsOfGrants(policy, project).from
    const open = known.get(name) ?? openAnywayTo(policy, project)
    known.set(name, open)
    return open
  }
}

const overBoth = (numbers: (family: Family) => PortSet): PortSet =>
  FAMILIES.map(numbers).reduce((all, one) => all.intersect(one))

/** Ports that the policy keeps closed to a project even if they are granted. */
export function neverOpen(policy: Policy, protocol: PortProtocol, project: string): PortSet {
  const own = denials(policy, protocol, project)
  return overBoth((family) =>
    PortSet.from(
      own
        .filter(({ families }) => families.includes(family))
        .flatMap((one) => numbersOf(one, { family, protocol }).ranges),
    ),
  )
}

/** No grant opens what they name. */
function denials(policy: Policy, protocol: PortProtocol, project: string): Statement[] {
  const named = statementsAbout(policy, endsOfGrants(policy, project), protocol)
  return policy.statements.filter((one) => one.treatment === 'deny' && named.includes(one))
}

/** A request for an unknown project, or with the wrong organization. */
export function contradictions(request: NamedRequest, organizations: Organizations): Problem[] {
  const { project, organization, places } = request
  if (project === undefined) return []
  if (!organizations.has(project))
    return [
      lazily(
        places.project,
        () => `project ${quoted(project)} is unknown${likeIt(project, organizations)}`,
        `unknown project ${project}`,
      ),
    ]
  const real = organizations.get(project)
  if (real === organization || real === UNREADABLE || organization === undefined) return []
  const message =
    real === undefined
      ? `organization "${organization}": project "${project}" has no organization: add it to the file of the project`
      : `organization "${organization}": project "${project}" belongs to "${real}"`
  return [{ at: places.organization, message }]
}

/** If no name is similar, all projects are listed, up to this many. */
const NAMED = 8

function likeIt(project: string, organizations: Organizations): string {
  const text = suggestion(project, [...organizations.keys()])
  return organizations.size > NAMED && text.includes('known:') ? '' : text
}

function repeatedIds(requests: readonly NamedRequest[]): Problem[] {
  const first = new Map<string, NamedRequest>()
  return requests.flatMap((request) => {
    const { id } = request
    if (id === undefined) return []
    const other = first.get(id)
    if (!other) {
      first.set(id, request)
      return []
    }
    const where = `${other.at.file}:${other.at.line}`
    return [lazily(request.places.id, () => `request ${quoted(id)} is already defined in ${where}`)]
  })
}

function expired({ id, project, decision, places }: Request, at: Day): Problem[] {
  if (decision.status !== 'approved' || decision.until === undefined || at <= decision.until)
    return []
  const message = `grant "${id}" of project "${project}" expired on ${decision.until}: it opens nothing`
  return [{ at: places.decision, message }]
}

/** Ports that the policy opens to every project, by protocol. */
export interface OpenAnyway extends Readonly<Record<PortProtocol, PortSet>> {
  /** To whom. */
  readonly who: string
}

/** Ports of a request that the policy already opens. */
export function needless(request: Request, open: OpenAnyway): Problem[] {
  return PORT_PROTOCOLS.flatMap((protocol) => {
    const already = request[protocol].intersect(open[protocol])
    if (already.isEmpty) return []
    const message = `request "${request.id}": ${protocol} ${already} is already open to ${open.who}`
    return [{ at: request.places.ports, message }]
  })
}

/** Ports that a request names although no grant can open them. */
export function deniedAnyway(request: Request, policy: Policy): Problem[] {
  return PORT_PROTOCOLS.flatMap((protocol) => {
    const denied = request[protocol].intersect(neverOpen(policy, protocol, request.project))
    if (denied.isEmpty) return []
    const lines = denials(policy, protocol, request.project)
      .filter((one) => !numbersOf(one, { family: 4, protocol }).intersect(denied).isEmpty)
      .map(({ clause }) => clause.at.line)
    const where = `${policy.file}:${[...new Set(lines)].join(',')}`
    const message = `request "${request.id}": ${protocol} ${denied} is denied in ${where}: no grant opens it`
    return [{ at: request.places.ports, message }]
  })
}

/** Approved requests of one project with common ports and destinations. */
function overlaps(live: readonly Request[]): Problem[] {
  const byProject = Map.groupBy(live, ({ project }) => project)
  return [...byProject.values()].flatMap((own) =>
    own.flatMap((request, i) => own.slice(0, i).flatMap((other) => overlapOf(request, other))),
  )
}

export function overlapOf(request: Request, other: Request): Problem[] {
  if (!shareDestinations(request, other)) return []
  const shared = PORT_PROTOCOLS.flatMap((protocol) => {
    const both = request[protocol].intersect(other[protocol])
    return both.isEmpty ? [] : [`${protocol} ${both}`]
  })
  if (shared.length === 0) return []
  const message = `request "${request.id}" overlaps "${other.id}" (${other.at.file}:${other.at.line}) in ${shared.join(', ')}`
  return [{ at: request.places.ports, message }]
}

function shareDestinations({ destinations: a }: Opening, { destinations: b }: Opening): boolean {
  if (a.length === 0 || b.length === 0) return true
  return a.some((prefix) => b.some((other) => haveCommonAddress(prefix, other)))
}
