/** Why no probe tested a difference, and whether the comparison covers it at all. */
import { answerToOne, type Test } from '../analysis/conditions.ts'
import { hooksOf } from '../analysis/path-hooks.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, familyName, type Protocol } from '../net/protocol.ts'
import type { Demand } from './demands.ts'
import type { Sent } from './sent.ts'

/** The restrictions that the user gave. */
export interface Scope {
  readonly families: readonly Family[] | undefined
  readonly protocols: readonly Protocol[] | undefined
  readonly ports: PortSet | undefined
  /** The compared paths, and whether the user left others out. */
  readonly paths: readonly { readonly from: string; readonly to: string }[]
  readonly isPart: boolean
  readonly links: ReadonlyMap<string, string>
}

const FAMILY_OF: Readonly<Record<string, Family>> = { ip: 4, ip6: 6 }

/** Why the comparison does not cover a rule. Undefined if it may. */
export function notAsked({ root, tests }: Demand, scope: Scope): string | undefined {
  const family =
    FAMILY_OF[root.family] ??
    tests.flatMap((one) => (one.kind === 'family' ? [one.family] : [])).at(0)
  if (family && scope.families && !scope.families.includes(family))
    return `${familyName(family)} is not compared`
  if ((scope.protocols || scope.ports) && isApart(tests, 'protocol', numbersOf(scope)))
    return 'its protocol is not compared'
  if (scope.ports) {
    // Answers go to the source ports of the probes.
    const ports = scope.ports.union(PortSet.of({ from: FIRST_OWN, to: 65535 }))
    if (isApart(tests, 'destinationPort', ports)) return 'its ports are not compared'
  }
  if (scope.ports && isApart(tests, 'icmpType', scope.ports.union(ERRORS)))
    return 'its ICMP type is not compared'
  return scope.isPart ? elsewhere({ root, tests }, scope) : undefined
}

const FIRST_OWN = 10_000

function elsewhere(
  { root, tests }: Pick<Demand, 'root' | 'tests'>,
  { paths, links }: Scope,
): string | undefined {
  const hook = root.base?.hook ?? ''
  if (IP_HOOKS.includes(hook) && !['bridge', 'arp'].includes(root.family)) {
    const comes = paths.some((path) =>
      [false, true].some((isReply) => hooksOf(path, isReply).includes(hook)),
    )
    if (!comes) return `no compared path passes the ${hook} hook`
  }
  const asked = new Set(paths.flatMap(({ from, to }) => [from, to]))
  const others = [...links].filter(([zone]) => !asked.has(zone)).map(([, link]) => link)
  const own = [...links].filter(([zone]) => asked.has(zone)).map(([, link]) => link)
  const isOther = tests.some(
    (test) =>
      test.kind === 'interface' &&
      !test.isNot &&
      others.some((link) => test.names.includes(link)) &&
      !own.some((link) => holds(test, link)),
  )
  return isOther ? 'its interface is not compared' : undefined
}

const IP_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting']

const holds = (test: Extract<Test, { kind: 'interface' }>, link: string): boolean =>
  answerToOne(test, { family: 4, state: 'new', in: link, out: link, numbers: {} }) === 'yes'

/** Every sweep may cause ICMP errors. */
function numbersOf({ protocols, ports = PortSet.all }: Scope): PortSet {
  const all = protocols ?? (['tcp', 'udp'] as const)
  return all.reduce(
    (numbers, one) => numbers.union(one === 'ip' ? OTHERS.intersect(ports) : NUMBERS[one]),
    NUMBERS.icmp,
  )
}

const NUMBERS = { tcp: PortSet.of(6), udp: PortSet.of(17), icmp: PortSet.of(1, 58) } as const
const OTHERS = PortSet.of({ from: 0, to: 255 }).subtract(PortSet.of(6, 17))

/** Types of errors that other sweeps cause (RFC 792, RFC 4443 §3). */
const ERRORS = PortSet.parse('1-5,11-12')

function isApart(tests: readonly Test[], field: string, asked: PortSet): boolean {
  return tests.some(
    (test) =>
      test.kind === 'number' &&
      test.field === field &&
      !test.isNot &&
      test.mask === undefined &&
      PortSet.of(
        ...test.intervals.map(([from, to]) => ({ from: Number(from), to: Number(to) })),
      ).intersect(asked).isEmpty,
  )
}

/** Why no sent probe satisfies its conditions. */
export function reasonFor(demand: Demand, sent: readonly Sent[], links: Scope['links']): string {
  const { root, tests } = demand
  const hook = root.base?.hook ?? '?'
  if (!IP_HOOKS.includes(hook) && hook !== 'ingress' && hook !== 'egress')
    return `no probe passes ${root.family} ${hook}`
  if (root.family === 'bridge' || root.family === 'arp')
    return `no probe passes ${root.family === 'arp' ? 'an' : 'a'} ${root.family} table`
  const opaque = tests.find((one) => one.kind === 'opaque')
  if (opaque?.kind === 'opaque') return `no probe varies ${opaque.what}`
  const unmet = unmetInterface(tests, links) ?? unmadeState(tests)
  if (unmet !== undefined) return unmet
  const reaches = sent.filter((one) =>
    [false, true].some((isReply) => hooksOf(one, isReply).includes(hook)),
  )
  if (reaches.length === 0) return `no probed path passes the ${hook} hook`
  const state = tests.find((one) => one.kind === 'state')
  const isBack = state?.kind === 'state' && !state.isNot && !state.values.includes('new')
  if (isBack && !reaches.some((one) => hooksOf(one, true).includes(hook)))
    return `no packet of connection state ${state.values.join(', ')} passes the ${hook} hook on these paths`
  return 'no probe satisfies its conditions'
}

function unmetInterface(tests: Demand['tests'], links: Scope['links']): string | undefined {
  const known = [...links.values()]
  for (const test of tests)
    if (test.kind === 'interface' && !known.some((link) => holds(test, link)))
      return `no path ${test.direction === 'in' ? 'enters' : 'leaves'} by ${test.names.join(', ')}`
  return undefined
}

function unmadeState(tests: Demand['tests']): string | undefined {
  for (const test of tests)
    if (test.kind === 'state' && !test.isNot && test.values.every((one) => UNMADE.includes(one)))
      return `no probe has connection state ${test.values.join(', ')}`
  return undefined
}

const UNMADE = ['untracked']
