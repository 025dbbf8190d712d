/** Texts about requests and their measurements, shared by all reports. */

import type { PortSet } from '../net/port-set.ts'
import { familyName, PORT_PROTOCOLS } from '../net/protocol.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Day } from '../policy/grant.ts'
import type { Request } from '../request/request.ts'
import type { OpenedRange, RequestState, Review } from '../request/reviewed.ts'
import { daysBetween } from '../request/state.ts'
import type { Measured, MeasuredRow } from '../result/measured.ts'
import { plain, seconds } from './words.ts'

/** At most this many ranges and names are written out. The others are counted. */
const MOST_RANGES = 12
const MOST_NAMES = 4

/** `25, 6660–6669`; `–` for the empty set. */
export function portsWords(ports: PortSet, most = MOST_RANGES): string {
  if (ports.isEmpty) return '–'
  const shown = ports.ranges.slice(0, most).map(rangeWords)
  const left = ports.ranges.length - shown.length
  return [...shown, ...(left > 0 ? [`and ${counted(left, 'more range')}`] : [])].join(', ')
}

/** `tcp 25, 465 · udp 51820` */
export function openingWords({ tcp, udp }: Pick<Request, 'tcp' | 'udp'>, most?: number): string {
  const sets = { tcp, udp }
  return PORT_PROTOCOLS.filter((protocol) => !sets[protocol].isEmpty)
    .map((protocol) => `${protocol} ${portsWords(sets[protocol], most)}`)
    .join(' · ')
}

export function servicesWords({ services }: OpenedRange): string {
  const shown = services.slice(0, MOST_NAMES)
  const left = services.length - shown.length
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(', ')
}

/** The decision, who made it, and whether it is in force. */
export function stateWords({ decision }: Request, state: RequestState, at: Day): string {
  switch (decision.status) {
    case 'pending':
      return 'pending'
    case 'rejected':
      return `rejected on ${decision.on} by ${decision.by}`
    case 'approved':
      return `approved on ${decision.on} by ${decision.by}, ${untilWords(decision, state, at)}`
    default:
      throw new Error(`unknown decision ${decision satisfies never}`)
  }
}

function untilWords(decision: { until?: Day; on: Day }, state: RequestState, at: Day): string {
  if (state === 'to-come') return `in force from ${decision.on} on`
  return decision.until === undefined ? 'without end date' : lastDayWords(decision.until, at)
}

/** `expires in 12 days`, `expired 3 days ago`. */
export function lastDayWords(until: Day, at: Day): string {
  const days = daysBetween(at, until)
  if (days < 0) return `expired ${counted(-days, 'day')} ago (${until})`
  return days === 0 ? `its last day (${until})` : `expires in ${counted(days, 'day')} (${until})`
}

export function scopeWords({ opened, scope, prolonged }: Review): string {
  const ports = opened.filter((part) => part.count > 0)
  if (ports.length === 0 || scope.families.length === 0)
    return prolonged.length === 0
      ? 'No port becomes reachable.'
      : `No port becomes reachable that is unreachable today. ${prolongedWords(prolonged)}`
  const numbers = ports.map((part) => counted(part.count, `${part.protocol.toUpperCase()} port`))
  const families = scope.families.map(familyName).join(' and ')
  const one = ports.reduce((sum, part) => sum + part.count, 0) === 1
  const sentence = `${numbers.join(' and ')} ${one ? 'becomes' : 'become'} reachable over ${families}, ${towardsWords(scope)}.`
  return prolonged.length === 0 ? sentence : `${sentence} ${prolongedWords(prolonged)}`
}

/** Ports that stay open after the grant that opens them today ends. */
function prolongedWords(prolonged: Review['prolonged']): string {
  return prolonged
    .map(
      ({ request, until, ...ports }) =>
        `Request "${request}" opens these ports until ${until}; this request keeps them open after that: ${openingWords(ports)}.`,
    )
    .join(' ')
}

function towardsWords({ destinations, zone }: Review['scope']): string {
  if (destinations.length === 0)
    return zone === undefined
      ? 'at every address on the Internet'
      : `at every address in zone ${zone}`
  if (destinations.some((text) => text.endsWith('/0')))
    return `at every address (${destinations.join(', ')})`
  const shown = destinations.slice(0, MOST_RANGES)
  const left = destinations.length - shown.length
  return `at addresses in ${shown.join(', ')}${left > 0 ? ` and ${counted(left, 'more prefix', 'more prefixes')}` : ''} only`
}

/** One or two sentences: the verdict and the measurements behind it. */
export function measuredWords(measured: Measured): string {
  switch (measured.verdict) {
    case 'not measured':
      return `Nothing was measured: ${measured.reason}.`
    case 'exact':
      return `Exact: with the request in force, exactly the requested ports open on every probed path. Nothing else changes, and no rule outside the project differs. ${effort(measured)}`
    case 'different':
      return `DIFFERENT: with the request in force, the changes are not exactly the requested ports. ${effort(measured)}`
    case 'unknown':
      return `Not proved: the measurement does not show which ports open. ${effort(measured)}`
    default:
      throw new Error(`unknown verdict ${measured satisfies never}`)
  }
}

function effort({ probes, totalMs, controls }: Exclude<Measured, { wanted: boolean }>): string {
  return `${counted(probes, 'probe')} and ${counted(controls, 'control')} in ${seconds(totalMs)}.`
}

/** Notes on a measurement: replaced networks, omissions, problems. */
export function measuredNotes(measured: Measured): string[] {
  if (measured.verdict === 'not measured') return []
  const { standIns, projects, problems, rows, left, beyond } = measured
  const few = rows.filter(({ extent, verdict }) => extent === 'few' && verdict === 'exact')
  const alone = rows.length > 0 && new Set(rows.map(({ from }) => from)).size === 1
  return [
    ...problems,
    ...beyond.map((command) => `the two rulesets differ outside the project: ${command}`),
    ...(few.length > 0
      ? [
          `${counted(few.length, 'more path')} at the edges of destinations, from other projects and with a spoofed source address, on ${counted(
            few.reduce((sum, { numbers }) => sum + numbers, 0),
            'port',
          )} of interest: as expected`,
        ]
      : []),
    ...(left > 0 ? [`${counted(left, 'more destination')} not measured`] : []),
    ...standIns.map(
      ({ given, used }) =>
        `${given} is a real network or overlaps a network of the lab: ${used} replaces it in the measured request and ruleset`,
    ),
    ...(projects.compiled < projects.all
      ? [
          `the rulesets cover ${counted(projects.compiled, 'project')} of ${count(projects.all)}: the projects in the lab`,
        ]
      : []),
    ...(alone
      ? [
          'no other project was probed: no other project of the platform has an address of this family',
        ]
      : []),
  ]
}

/** The rows to list. Of sweeps on a few ports only, wrong and unknown rows. */
export function rowsShown(rows: readonly MeasuredRow[]): readonly MeasuredRow[] {
  return rows.filter(({ extent, verdict }) => extent === 'all' || verdict !== 'exact')
}

/** At most this many ports of a path are shown. The JSON result has all that were traced. */
const MOST_SHOWN = 3

/** Lines about one number each: the probe, and the rules that it met under the new ruleset. */
export function evidenceWords(measured: Measured): string[] {
  if (measured.verdict === 'not measured') return []
  return measured.rows.flatMap(({ evidence }) =>
    evidence.slice(0, MOST_SHOWN).map(({ number, probe, trace }) => {
      const steps = trace.map(
        ({ chain, rule, verdict }) => `${chain}: ${rule ?? 'end of chain'} ⇒ ${verdict}`,
      )
      return `${number}: ${probe}: ${steps.join('; ') || 'no rule appears in the trace'}`
    }),
  )
}

export function pathOfRow(row: MeasuredRow): string {
  return `${row.from}${row.as === undefined ? '' : ` as ${row.as}`} → ${row.target}`
}

const WHERE = { inside: 'a destination', outside: 'no destination', anywhere: 'anywhere' } as const

export function whereWords({ where }: MeasuredRow): string {
  return WHERE[where]
}

/** `opened 25`, `closed 80`, `nothing`. */
export function changeWords(row: MeasuredRow): string {
  const parts = (['opened', 'closed', 'altered', 'unsure'] as const)
    .filter((change) => !row[change].isEmpty)
    .map((change) => `${change} ${portsWords(row[change])}`)
  return parts.length === 0 ? 'nothing' : parts.join('; ')
}

export function expectedChange({ expected }: MeasuredRow): string {
  return expected.isEmpty ? 'nothing' : `opened ${portsWords(expected)}`
}

/**
 * Text for a table column. A word wider than the column is broken, because the table would cut it
 * off.
 */
export function broken(text: string, columnWidth: number): string {
  const most = columnWidth - 2 // padding
  const long = new RegExp(`\\S{${most}}(?=\\S)`, 'gu')
  return plain(text).replace(long, (part) => `${part}\n`)
}
