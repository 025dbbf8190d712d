/** What a probe or its answer has otherwise than it was sent: addresses, ports, the link of arrival. */
import { FIREWALL } from '../../src/lab/lab.ts'
import { familyName } from '../../src/net/protocol.ts'
import type { Answer } from '../../src/result/outcome.ts'
import { addressText } from '../kernel/addresses.ts'
import { attemptOf, probedNumberOf } from './identity.ts'
import type { ProbedPath } from './probed-path.ts'
import type { Reading } from './reader.ts'
import { TARGET_ERROR } from './responder.ts'
import type { WireEnd } from './wire.ts'

/** Of a probe that arrived at `end`; undefined: at the firewall itself. Undefined if nothing changed. */
export function changesOf(
  path: ProbedPath,
  end: WireEnd | undefined,
  b: Buffer,
  r: Reading,
): string | undefined {
  const number = probedNumberOf(r.identity)
  const sourcePort = path.sourcePort(attemptOf(r.identity), number)
  const port = path.portOf(number, r)
  const same =
    end === path.to &&
    equalAt(b, r.destinationAt, path.target) &&
    equalAt(b, r.sourceAt, path.source.address) &&
    (port === undefined || (r.destinationPort === port && r.sourcePort === sourcePort))
  return same ? undefined : describe(path, end, b, { r, port, sourcePort })
}

interface Sent {
  readonly r: Reading
  readonly port: number | undefined
  readonly sourcePort: number
}

function describe(
  { spec, target, family }: ProbedPath,
  end: WireEnd | undefined,
  b: Buffer,
  { r, port, sourcePort }: Sent,
): string {
  const changes: string[] = []
  const note = (what: string, old: string | number, now: string | number): void => {
    if (old !== now) changes.push(`${what} ${old} → ${now}`)
  }
  const addressAt = (at: number): string => addressText(b.subarray(at, at + target.length))
  note('zone', spec.to, end?.zone ?? FIREWALL)
  note('to', spec.target, addressAt(r.destinationAt))
  note('from', spec.source, addressAt(r.sourceAt))
  if (port !== undefined) {
    note('port', port, r.destinationPort)
    // If a NAT changed more, its choice of source port does not matter.
    if (changes.length === 0) note('source port', sourcePort, r.sourcePort)
  }
  return changes.join(', ') || `${familyName(family)} packet changed`
}

/** The target's own answer, from the probed address and port. */
export function isFromTarget(path: ProbedPath, b: Buffer, r: Reading): boolean {
  if (!isReply(path, r) || !equalAt(b, r.sourceAt, path.target)) return false
  if (r.kind !== 'reply') return true
  const port = path.portOf(probedNumberOf(r.identity), r)
  return port === undefined || r.sourcePort === port
}

function isReply({ spec, family }: ProbedPath, r: Reading): boolean {
  if (spec.answer === 'reply') return r.kind === 'reply'
  const error = TARGET_ERROR[family]
  return r.kind === 'icmp' && r.type === error.type && r.code === error.code
}

/** Any other answer. */
export function answerOf({ target }: ProbedPath, b: Buffer, r: Reading): Answer {
  const from = addressText(b.subarray(r.sourceAt, r.sourceAt + target.length))
  if (r.kind === 'reset') return { kind: 'reset', from }
  if (r.kind === 'icmp') return { kind: 'icmp', type: r.type, code: r.code, from }
  return { kind: 'reply', from: r.sourcePort ? `${from} port ${r.sourcePort}` : from }
}

function equalAt(b: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (b[at + i] !== bytes[i]) return false
  return true
}
