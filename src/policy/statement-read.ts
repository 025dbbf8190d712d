/** A statement of a file → Statement. The schema has already accepted every value. */
import { asList } from '../input/as-list.ts'
import type { SourcePosition } from '../input/position.ts'
import { FAMILIES } from '../net/protocol.ts'
import type { ExpectedBlocking } from './expectation.ts'
import type { BlockingByProtocol, Statement, Traffic, WrittenStatement } from './policy.ts'
import { type OtherwiseWord, type StatementFile, trafficSaid } from './statement-schema.ts'
import { readTraffic } from './traffic.ts'

/** `otherwise`: how a denial is blocked that does not say it itself. */
export const statementsSaid = (
  all: readonly StatementFile[],
  otherwise: BlockingByProtocol,
  place: (index: number) => SourcePosition,
): WrittenStatement[] =>
  all.map((one, i) => ({
    ...statementSaid(one, otherwise, place(i)),
    unlessAllowed: one.unless !== undefined,
  }))

function statementSaid(
  raw: StatementFile,
  otherwise: BlockingByProtocol,
  at: SourcePosition,
): Statement {
  const treatment = raw.allow === undefined ? 'deny' : 'allow'
  const traffic = trafficSaid(raw)
  return {
    treatment,
    by: raw.by === undefined ? otherwise : blockingBy(raw.by),
    from: asList(raw.from),
    to: asList(raw.to),
    families: FAMILIES.filter((family) => raw.families?.includes(`ipv${family}`) ?? true),
    traffic: trafficOf(traffic),
    clause: { label: `${treatment} ${raw.service ?? listText(traffic)}`, at },
    ...(raw.reason === undefined ? {} : { reason: raw.reason }),
  }
}

/** What becomes of everything that no statement names. */
export function otherwiseSaid(
  word: OtherwiseWord = 'blocked',
  at: SourcePosition,
): Pick<Statement, 'treatment' | 'by' | 'clause'> {
  return {
    treatment: word === 'allow' ? 'allow' : 'deny',
    by: blockingBy(word === 'allow' ? 'blocked' : word),
    clause: { label: `otherwise ${word}`, at },
  }
}

function trafficOf(value: unknown): readonly Traffic[] {
  const reading = readTraffic(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}

const listText = (value: unknown): string =>
  (Array.isArray(value) ? value : [value]).join(', ').replaceAll(/(?<=\d)-(?=\d)/g, '–')

type BlockingWord = Exclude<OtherwiseWord, 'allow'>

/**
 * The meaning of a word for each protocol. The kernel rejects TCP and UDP, few other protocols, and
 * no ICMP errors. So for the other protocols a reject word means only blocked. A reset answers TCP
 * alone.
 */
function blockingBy(word: BlockingWord): BlockingByProtocol {
  const all = (by: ExpectedBlocking): BlockingByProtocol => ({ tcp: by, udp: by, icmp: by, ip: by })
  switch (word) {
    case 'blocked':
      return all('any')
    case 'drop':
      return all('drop')
    case 'reject':
      return { ...all('any'), tcp: 'tcp-reset', udp: 'port-unreachable' }
    case 'tcp-reset':
      return { ...all('any'), tcp: 'tcp-reset' }
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return { ...all('any'), tcp: word, udp: word }
    default:
      throw new Error(`unknown way to block: ${word satisfies never}`)
  }
}
