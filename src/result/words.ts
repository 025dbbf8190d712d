/** Paths and outcomes as text. */

import { familyName, protocolName } from '../net/protocol.ts'
import type { Answer, Outcome } from './outcome.ts'
import type { Subject, TableResult } from './result.ts'

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'open':
    case 'one-way':
    case 'dropped':
    case 'unsteady':
      return outcome.kind
    case 'rejected':
      return `rejected (${rejectionWords(outcome.by)})`
    case 'translated':
      return `translated: ${outcome.change}${outcome.way === 'one-way' ? ', one-way' : ''}`
    case 'inconclusive':
      return `inconclusive: ${outcome.reason}`
    default:
      throw new Error(`unknown outcome ${outcome satisfies never}`)
  }
}

function rejectionWords(by: Answer): string {
  if (by.kind === 'icmp') return `icmp ${by.type}/${by.code}`
  return by.kind
}

/**
 * `shop → internet · IPv4 · TCP`, with the spoofed source and the destination if the sweep has
 * them.
 */
export function pathWords(
  subject: Subject & {
    readonly answer?: string
    readonly sourcePort?: number | undefined
  },
): string {
  const as = subject.as === undefined ? '' : ` as ${subject.as}`
  const at = subject.destination === undefined ? '' : ` (${addressesOf(subject)})`
  const notes = [
    ...(subject.after === 'revocation' ? ['revoked'] : []),
    ...(subject.answer === 'icmp-error' ? ['answered by ICMP errors'] : []),
    ...(subject.sourcePort === undefined ? [] : [`from source port ${subject.sourcePort}`]),
  ]
  return [
    `${subject.from}${as} → ${subject.to}${at}`,
    familyName(subject.family),
    protocolName(subject.protocol, subject.family),
    ...notes,
  ].join(' · ')
}

type Varied = Pick<TableResult, 'from' | 'to' | 'family' | 'protocol' | 'answer'> &
  Pick<Partial<TableResult>, 'after' | 'as' | 'destination' | 'sourcePort' | 'variant'>

/** The path that a sweep belongs to. Variants belong to that of the ordinary packets. */
export function basePath(table: Varied): Omit<Varied, 'variant'> {
  if (!table.variant) return table
  const { from, to, family, protocol, answer, after } = table
  return { from, to, family, protocol, answer, ...(after ? { after } : {}) }
}

/** `as TTL 9, from source port 22`: what a variant has otherwise. Empty for ordinary packets. */
export function variantWords(table: Varied): string {
  if (!table.variant) return ''
  const { as, sourcePort } = table
  return [
    ...(as === undefined ? [] : [`as ${as}`]),
    ...(table.destination === undefined ? [] : [`to ${addressesOf(table)}`]),
    ...(sourcePort === undefined ? [] : [`from source port ${sourcePort}`]),
  ].join(', ')
}

/** The addresses of the table's family. */
function addressesOf({
  destination = '',
  family,
}: Pick<Subject, 'destination' | 'family'>): string {
  return destination
    .split(', ')
    .filter((address) => address.includes(':') === (family === 6))
    .join(', ')
}
