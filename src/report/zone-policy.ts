/**
 * A zone policy as a matrix: the ports that are open from each row's endpoint to each column's, and
 * those that are dropped or rejected unlike everything else.
 */
import Table from 'cli-table3'
import type { Problem } from '../input/problem.ts'
import { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, familyName, PROTOCOLS } from '../net/protocol.ts'
import { count } from '../net/text.ts'
import { decide } from '../policy/decide.ts'
import { endpointsOf } from '../policy/endpoints.ts'
import type { ExpectedBlocking } from '../policy/expectation.ts'
import { hostAddressText } from '../policy/host-address.ts'
import type { Endpoint, Policy } from '../policy/policy.ts'
import type { Style } from '../quote/style.ts'
import { trafficWords } from './traffic-words.ts'
import { USUAL } from './widths.ts'
import { plain, wrap } from './words.ts'

const BORDERS = 1
/** At most this many words in one cell: more are for programs. */
const MAX_WORDS = 100
/** Wider tables do not fit into a terminal. */
const NARROWEST = 10
const PADDING = 2

export function renderZonePolicy(
  policy: Policy,
  warnings: readonly Problem[],
  style: Style,
): string {
  const { id, title, source, file, hosts } = policy
  const { clause } = policy.otherwise.at(-1)!
  const head = `${style.strong(plain(title))} (${plain(id)})\n${plain(source ?? file)}`
  const named = hosts.map(({ name, zone, addresses }) =>
    wrap(plain(`${name} is ${addresses.map(hostAddressText).join(' and ')} in ${zone}`), ''),
  )
  const rest = wrap(
    `–, and everything else: ${plain(clause.label)} (${plain(file)}:${clause.at.line})`,
    '',
  )
  const cautions = warnings.map(({ at, message }) =>
    style.doubtful(`warning: ${plain(at.file)}:${at.line}:${at.column}: ${plain(message)}`),
  )
  return [
    head,
    ...(named.length > 0 ? [named.join('\n')] : []),
    matrix(policy, style),
    rest,
    ...(cautions.length > 0 ? [cautions.join('\n')] : []),
  ].join('\n\n')
}

/** A cell that is too long for its column gets a letter, and the text follows below the table. */
class Legend {
  readonly #letters = new Map<string, string>()
  readonly #longest: number

  constructor(longest: number) {
    this.#longest = longest
  }

  short(word: string): string {
    if ([...word].length <= this.#longest) return word
    const known = this.#letters.get(word)
    if (known !== undefined) return known
    const letter = `[${String.fromCharCode('a'.charCodeAt(0) + (this.#letters.size % 26))}${this.#letters.size >= 26 ? Math.floor(this.#letters.size / 26) : ''}]`
    this.#letters.set(word, letter)
    return letter
  }

  lines(): string[] {
    return [...this.#letters].map(([word, letter]) => `${letter} ${plain(word)}`)
  }
}

function matrix(policy: Policy, { columns = USUAL }: Style): string {
  const ends = endpointsOf(policy)
  const width = Math.max(NARROWEST, Math.floor((columns - BORDERS) / (ends.length + 1)) - BORDERS)
  const legend = new Legend(width - PADDING)
  const table = new Table({
    head: ['from \\ to', ...ends.map(({ name }) => legend.short(plain(name)))],
    colWidths: Array.from({ length: ends.length + 1 }, () => width),
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  for (const from of ends)
    table.push([
      legend.short(plain(from.name)),
      ...ends.map((to) => cell(policy, from, to, legend)),
    ])
  return [table.toString(), ...legend.lines()].join('\n')
}

function cell(policy: Policy, from: Endpoint, to: Endpoint, legend: Legend): string {
  if (from.zone === to.zone) return ''
  const open = openBetween(policy, from, to)
  const words = [...(open.length > 0 ? open : ['–']), ...otherwiseRefused(policy, from, to)]
  const left = words.length - MAX_WORDS
  return [
    ...words.slice(0, MAX_WORDS).map((word) => legend.short(word)),
    ...(left > 0 ? [legend.short(`and ${count(left)} more: --reporter json has all`)] : []),
  ].join('\n')
}

/** Traffic that is allowed over one family only gets the family's name. */
export function openBetween(policy: Policy, from: Endpoint, to: Endpoint): string[] {
  return wordsBetween((family) =>
    PROTOCOLS.flatMap((protocol) => {
      const spans = decide(policy, { from, to, family, protocol })
      const open = PortSet.of(...spans.filter(({ value }) => value.verdict === 'open'))
      return trafficWords(protocol, family, open.ranges)
    }),
  )
}

/** Traffic that is not answered like everything else: `reject tcp/25`. */
function otherwiseRefused(policy: Policy, from: Endpoint, to: Endpoint): string[] {
  const usual = policy.otherwise.at(-1)!.by
  return wordsBetween((family) =>
    PROTOCOLS.flatMap((protocol) => {
      const spans = decide(policy, { from, to, family, protocol })
      return REFUSALS.filter((word) => word !== refusalWord(usual[protocol])).flatMap((word) => {
        const own = spans.filter(
          ({ value }) => value.verdict === 'blocked' && refusalWord(value.by) === word,
        )
        return trafficWords(protocol, family, PortSet.of(...own).ranges).map(
          (traffic) => `${word} ${traffic}`,
        )
      })
    }),
  )
}

const REFUSALS = ['drop', 'reject'] as const

function refusalWord(by: ExpectedBlocking): (typeof REFUSALS)[number] | undefined {
  if (by === 'any') return undefined
  return by === 'drop' ? 'drop' : 'reject'
}

function wordsBetween(over: (family: Family) => string[]): string[] {
  const [four, six] = FAMILIES.map(over) as [string[], string[]]
  const [overFour, overSix] = [new Set(four), new Set(six)]
  return [...new Set([...four, ...six])].map((word) => {
    const isOfBoth = overFour.has(word) && overSix.has(word)
    return isOfBoth ? word : `${word} (${familyName(overFour.has(word) ? 4 : 6)})`
  })
}

/** The same content as JSON data. */
export function zonePolicyFacts(policy: Policy, warnings: readonly Problem[]) {
  const ends = endpointsOf(policy)
  return {
    id: policy.id,
    title: policy.title,
    source: policy.source,
    zones: policy.zones,
    hosts: policy.hosts.map(({ name, zone, addresses }) => ({
      name,
      zone,
      addresses: addresses.map(hostAddressText),
    })),
    otherwise: policy.otherwise.at(-1)!.clause.label,
    paths: ends.flatMap((from) =>
      ends
        .filter(({ zone }) => zone !== from.zone)
        .map((to) => ({ from: from.name, to: to.name, open: openBetween(policy, from, to) })),
    ),
    warnings,
  }
}
