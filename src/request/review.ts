/** The facts for a decision on a request, as data. */

import type { Problem } from '../input/problem.ts'
import type { Zone } from '../lab/zone.ts'
import { networkText, type Prefix } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import { contains } from '../net/prefix.ts'
import { FAMILIES, PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Day, Opening } from '../policy/grant.ts'
import { endsOfGrants } from '../policy/grantees.ts'
import { INTERNET, type Policy } from '../policy/policy.ts'
import type { Measured } from '../result/measured.ts'
import { alternativesOf } from './alternatives.ts'
import {
  contradictions,
  deniedAnyway,
  isLive,
  needless,
  type Organizations,
  openAnywayTo,
  overlapOf,
} from './grants.ts'
import type { Request } from './request.ts'
import type { Finding, Naming, Opened, Prolonged, Review, Scope } from './reviewed.ts'
import { newlyOpen, risksOf } from './risks.ts'
import type { Services } from './services.ts'
import { stateOf } from './state.ts'

export interface Context {
  readonly policy: Policy
  /** The path of the platform file, for display. */
  readonly platform: string
  readonly zones: readonly Zone[]
  readonly organizations: Organizations
  /** Every other request of the platform. */
  readonly others: readonly Request[]
  /** Warnings from reading the request file. */
  readonly warnings: readonly Problem[]
  readonly at: Day
  readonly naming: Naming
  readonly services?: Services
}

export function review(request: Request, context: Context, measured: Measured): Review {
  const { policy, at, platform, naming } = context
  const today = rivalsOf(request, context).filter((other) => isLive(other, at))
  const held = today.filter(isWithin(request))
  const fresh = newlyOpen(request, policy, held)
  // A risk of ports whose grant ends counts: the request would prolong it.
  const lasting = newlyOpen(request, policy, held.filter(isForGood))
  const scope = scopeOf(request, context)
  return {
    request,
    at,
    state: stateOf(request, at),
    policy: { id: policy.id, file: policy.file },
    platform,
    findings: findingsOf(request, context),
    opened: PORT_PROTOCOLS.map((protocol) =>
      openedOf(protocol, request[protocol], fresh[protocol], context.services),
    ),
    scope,
    naming,
    prolonged: held.flatMap((other) => prolongedBy(lasting, other)),
    risks: risksOf(lasting),
    alternatives: alternativesOf(request, lasting),
    measured,
  }
}

/** Errors that rule out an approval: an unknown project, a wrong organization, an id in use. */
export function forbidding(
  request: Request,
  { organizations, others }: Pick<Context, 'organizations' | 'others'>,
): Problem[] {
  const same = others.find(({ id }) => id === request.id)
  const taken = same
    ? [
        {
          at: request.places.id,
          message: `request "${request.id}" is already defined in ${same.at.file}:${same.at.line}`,
        },
      ]
    : []
  return [...taken, ...contradictions(request, organizations)]
}

function findingsOf(request: Request, context: Context): Finding[] {
  const { warnings } = context
  const of = (kind: Finding['kind'], problems: readonly Problem[]): Finding[] =>
    problems.map((problem) => ({ kind, ...problem }))
  return [
    ...of('contradiction', forbidding(request, context)),
    ...of('no-effect', [
      ...noAddress(request, context),
      ...amongProjects(request, context.zones),
      ...deniedAnyway(request, context.policy),
    ]),
    ...of('needless', needlessIn(request, context)),
    ...of('overlap', overlaps(request, context)),
    ...of('vague', [...warnings, ...everywhere(request), ...early(request, context)]),
  ]
}

type Others = Pick<Context, 'policy' | 'others' | 'at'>

/** Warnings before an approval: ports that are open already, granted already, or without effect. */
export function remarks(request: Request, context: Others & Pick<Context, 'zones'>): Problem[] {
  return [
    ...needlessIn(request, context),
    ...overlaps(request, context),
    ...amongProjects(request, context.zones),
    ...deniedAnyway(request, context.policy),
    ...everywhere(request),
  ]
}

function needlessIn(request: Request, { policy }: Others): Problem[] {
  return needless(request, openAnywayTo(policy, request.project))
}

function overlaps(request: Request, { others, at }: Others): Problem[] {
  return rivalsOf(request, { others, at }).flatMap((other) => overlapOf(request, other))
}

/** Other requests of the project that are approved and not expired. */
function rivalsOf({ project }: Request, { others, at }: Pick<Others, 'others' | 'at'>): Request[] {
  return others.filter(
    (other) =>
      other.project === project && ['holds', 'expiring', 'to-come'].includes(stateOf(other, at)),
  )
}

const isForGood = ({ decision }: Request): boolean =>
  decision.status === 'approved' && decision.until === undefined

function prolongedBy({ tcp, udp }: Opening, { id, decision, ...other }: Request): Prolonged[] {
  if (decision.status !== 'approved' || decision.until === undefined) return []
  const both = { tcp: tcp.intersect(other.tcp), udp: udp.intersect(other.udp) }
  return both.tcp.isEmpty && both.udp.isEmpty
    ? []
    : [{ request: id, until: decision.until, ...both }]
}

/** Destinations in another project's network. The firewall forwards nothing between projects. */
function amongProjects(request: Request, zones: readonly Zone[]): Problem[] {
  return request.destinations.flatMap((destination) => {
    const home = homeOf(destination, request, zones)
    if (!home) return []
    const message = `destination ${networkText(destination)} is in the network of project "${home.name}": nothing opens there, because projects cannot reach each other`
    return [{ at: request.places.ports, message }]
  })
}

/** The other project whose network contains a destination. */
function homeOf(destination: Prefix, { project }: Request, zones: readonly Zone[]) {
  return zones.find(
    ({ kind, name, addresses }) =>
      kind === 'project' && name !== project && addresses.some((a) => contains(a, destination)),
  )
}

/** A request date in the future. */
function early({ requested, at }: Request, { at: today }: Context): Problem[] {
  if (requested <= today) return []
  return [{ at, message: `requested on ${requested}: this is after ${today}` }]
}

/** Destinations that exclude no address. */
function everywhere({ destinations, places }: Request): Problem[] {
  return destinations
    .filter(({ prefixLength }) => prefixLength === 0)
    .map(({ family }) => ({
      at: places.ports,
      message: `destination ${family === 4 ? '0.0.0.0/0' : '::/0'} is every IPv${family} address: name the prefixes that the application reaches`,
    }))
}

/** Destinations of families in which the project has no address. */
function noAddress(request: Request, context: Context): Problem[] {
  const { destinations, places, project } = request
  const hasEffect =
    scopeOf(request, context).families.length > 0 ||
    destinations.some((destination) => homeOf(destination, request, context.zones))
  if (!context.organizations.has(project) || hasEffect) return []
  const families = [...new Set(destinations.map(({ family }) => `IPv${family}`))].join(' and ')
  const message = `destinations are ${families} only: nothing opens, because project "${project}" has no ${families} address`
  return [{ at: places.ports, message }]
}

/** Grants that cover all destinations of the request. */
const isWithin =
  ({ destinations }: Request) =>
  (other: Request): boolean =>
    other.destinations.length === 0 ||
    (destinations.length > 0 &&
      destinations.every((wanted) => other.destinations.some((d) => contains(d, wanted))))

function scopeOf(request: Request, { zones, policy }: Context): Scope {
  const { project, destinations } = request
  const zone = zones.find(({ kind, name }) => kind === 'project' && name === project)
  const reached = destinations.filter((destination) => !homeOf(destination, request, zones))
  const families = FAMILIES.filter(
    (family) =>
      (zone?.addresses.some((a) => a.family === family) ?? true) &&
      (destinations.length === 0 || reached.some((d) => d.family === family)),
  )
  const { to } = endsOfGrants(policy, project)
  return {
    families,
    ...(to.name === INTERNET ? {} : { zone: to.name }),
    destinations: destinations.map(networkText),
  }
}

function openedOf(
  protocol: PortProtocol,
  asked: PortSet,
  fresh: PortSet,
  services: Services | undefined,
): Opened {
  const ranges = fresh.ranges.map((range) => ({
    ...range,
    services: services?.namesIn(protocol, range) ?? [],
  }))
  return {
    protocol,
    asked: asked.size,
    ranges,
    count: fresh.size,
    already: asked.subtract(fresh),
  }
}
