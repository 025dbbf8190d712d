/** Warnings about statements of a zone policy that have no effect or contradict others. */

import { inOrder, type Problem } from '../../input/problem.ts'
import { quoted } from '../../input/quoted.ts'
import { PortSet } from '../../net/port-set.ts'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../../net/protocol.ts'
import { endpointsOf, speaksOf } from '../endpoints.ts'
import { hostsWithGrants } from '../grantees.ts'
import { ANY, type WrittenStatement as Statement } from '../policy.ts'
import { numbersOf } from '../statements.ts'
import type { ZonePolicy } from './zone-policy.ts'

export function zoneWarnings(policy: ZonePolicy): Problem[] {
  return inOrder([
    ...unmentioned(policy),
    ...comparing({ ...policy, statements: policy.statements.slice(0, COMPARED) }),
    ...uncompared(policy.statements[COMPARED]),
    ...policy.statements.flatMap((statement) => asOtherwise(policy, statement)),
  ])
}

/** At most this many statements are compared with each other. */
const COMPARED = 300

const uncompared = (left: Statement | undefined): Problem[] =>
  left
    ? [
        {
          at: left.clause.at,
          message: `statements are not compared from this one on: there are more than ${COMPARED}`,
        },
      ]
    : []

/** Statements that have no effect beside others, or contradict them. */
function comparing(policy: ZonePolicy): Problem[] {
  const reaches = policy.statements.map((statement) => numbersByPath(policy, statement))
  return policy.statements.flatMap((statement, i) => {
    const others = (kind: Kind): readonly Numbered[] =>
      policy.statements.flatMap((other, k) =>
        k !== i && kindOf(other) === kind ? [{ statement: other, reach: reaches[k]! }] : [],
      )
    const own = { statement, reach: reaches[i]! }
    const kind = kindOf(statement)
    switch (kind) {
      case 'deny':
        return superfluous(own, others('deny'))
      case 'allow':
        return allowed(own, others('deny'), others('allow'))
      case 'default':
        return byDefault(own, others('allow'), [...others('deny'), ...others('default')])
      default:
        throw new Error(`unknown kind of statement: ${kind satisfies never}`)
    }
  })
}

type Kind = 'deny' | 'allow' | 'default'

function kindOf({ treatment, unlessAllowed }: Statement): Kind {
  if (treatment === 'allow') return 'allow'
  return unlessAllowed ? 'default' : 'deny'
}

/** Numbers between two endpoints, by endpoints, family and protocol. */
type NumbersByPath = ReadonlyMap<string, PortSet>

interface Numbered {
  readonly statement: Statement
  readonly reach: NumbersByPath
}

function numbersByPath(policy: ZonePolicy, statement: Statement): NumbersByPath {
  const reach = new Map<string, PortSet>()
  const ends = endpointsOf(policy)
  const [senders, targets] = [statement.from, statement.to].map((names) =>
    ends.filter((end) => speaksOf(names, end)),
  )
  for (const [family, protocol] of kinds(statement)) {
    const numbers = numbersOf(statement, { family, protocol })
    for (const from of numbers.isEmpty ? [] : senders!)
      for (const to of targets!.filter(({ zone }) => zone !== from.zone))
        reach.set(`${from.name} ${to.name} ${family} ${protocol}`, numbers)
  }
  return reach
}

const kinds = ({ families }: Statement): [Family, Protocol][] =>
  FAMILIES.filter((family) => families.includes(family)).flatMap((family) =>
    PROTOCOLS.map((protocol): [Family, Protocol] => [family, protocol]),
  )

const isWithin = (reach: NumbersByPath, others: readonly Numbered[]): boolean =>
  [...reach].every(([key, numbers]) => numbers.subtract(unionAt(key, others)).isEmpty)

const unionAt = (key: string, others: readonly Numbered[]): PortSet =>
  others.reduce((all, { reach }) => all.union(reach.get(key) ?? PortSet.empty), PortSet.empty)

const lineOf = ({ clause }: Statement): number => clause.at.line

function allowed(
  own: Numbered,
  denials: readonly Numbered[],
  allows: readonly Numbered[],
): Problem[] {
  const vain = voided(own, denials)
  return vain.length > 0 ? vain : superfluous(own, allows)
}

/** A default whose ports are all allowed, or already denied by other statements. */
function byDefault(
  own: Numbered,
  allows: readonly Numbered[],
  denials: readonly Numbered[],
): Problem[] {
  const { statement, reach } = own
  if (reach.size === 0 || !isWithin(reach, allows)) return superfluous(own, denials)
  const lines = linesThatTouch(reach, allows)
  const message = `"${statement.clause.label}" denies nothing: line ${lines} allows all of it`
  return [{ at: statement.clause.at, message }]
}

const linesThatTouch = (reach: NumbersByPath, others: readonly Numbered[]): string =>
  others
    .filter((one) => touches(reach, one.reach))
    .map((one) => lineOf(one.statement))
    .join(', ')

/** A deny of some of its ports is an exception. A deny of all its ports is a contradiction. */
function voided({ statement, reach }: Numbered, denials: readonly Numbered[]): Problem[] {
  const at = statement.clause.at
  const said = `"${statement.clause.label}"`
  if (denials.length > 0 && isWithin(reach, denials)) {
    const lines = linesThatTouch(reach, denials)
    return [{ at, message: `${said} allows nothing: line ${lines} denies all of it` }]
  }
  return denials
    .filter((one) => touches(reach, one.reach) && !isWithin(one.reach, [{ statement, reach }]))
    .map((one) => ({
      at,
      message: `${said} contradicts "${one.statement.clause.label}" in line ${lineOf(one.statement)} about the ports of both, which are denied`,
    }))
}

const touches = (a: NumbersByPath, b: NumbersByPath): boolean =>
  [...a].some(([key, numbers]) => !numbers.intersect(b.get(key) ?? PortSet.empty).isEmpty)

/** Of two statements with the same meaning, the later one is reported. */
function superfluous({ statement, reach }: Numbered, others: readonly Numbered[]): Problem[] {
  const before = others.filter(
    (one) =>
      lineOf(one.statement) < lineOf(statement) ||
      (lineOf(one.statement) === lineOf(statement) &&
        one.statement.clause.at.column < statement.clause.at.column) ||
      !isWithin(one.reach, [{ statement, reach }]),
  )
  if (before.length === 0 || reach.size === 0 || !isWithin(reach, before)) return []
  const lines = linesThatTouch(reach, before)
  const message = `"${statement.clause.label}" adds nothing: line ${lines} already says this`
  return [{ at: statement.clause.at, message }]
}

/** An allow, although everything is allowed. A deny has an effect, because it beats every allow. */
function asOtherwise({ otherwise }: ZonePolicy, { treatment, clause }: Statement): Problem[] {
  if (otherwise.treatment !== 'allow' || treatment !== 'allow') return []
  return [
    {
      at: clause.at,
      message: `"${clause.label}" adds nothing: otherwise already allows everything`,
    },
  ]
}

function unmentioned({ zones, zonesAt, hosts, grants, statements }: ZonePolicy): Problem[] {
  const names = new Set([
    ...statements.flatMap(({ from, to }) => [...from, ...to]),
    ...hostsWithGrants({ hosts, ...(grants ? { grants } : {}) }).map(({ name }) => name),
  ])
  const isSaid = (name: string): boolean => names.has(name) || names.has(ANY)
  const byHosts = new Set(hosts.filter(({ name }) => isSaid(name)).map(({ zone }) => zone))
  const silent = new Set(zones.filter((zone) => !isSaid(zone) && !byHosts.has(zone)))
  return [
    ...zones.flatMap((zone, i) =>
      silent.has(zone)
        ? [
            {
              at: zonesAt[i]!,
              message: `zone ${quoted(zone)} is in no statement: only "otherwise" applies to it`,
            },
          ]
        : [],
    ),
    ...hosts
      .filter(({ name }) => !names.has(name))
      .map(({ name, at }) => ({
        at,
        message: `host ${quoted(name)} is in no statement: it has no effect`,
      })),
  ]
}
