/** Which values of the other fields are probed. */
import { describe, expect, test } from 'vitest'
import { FIREWALL } from '../lab/lab.ts'
import { match, meta, payload } from '../nft/facts-fixtures.ts'
import { all, factsFrom, pathOf, standing } from './combinations-fixtures.ts'
import type { PathSpec } from './field-values.ts'

describe('other fields', () => {
  test('source ports are those that rules compare, for protocols with ports', () => {
    const facts = factsFrom([match(payload('udp', 'sport'), 53)])
    const ports = (protocol: 'tcp' | 'udp'): unknown[] =>
      standing(pathOf(facts, 'lan', 'wan', { protocol })).map(({ packet }) => packet.sourcePort)
    expect(ports('udp')).toEqual([undefined, 53])
    expect(ports('tcp')).toEqual([undefined])
    expect(all(pathOf(facts, 'lan', 'wan', { protocol: 'udp' })).map(({ label }) => label)).toEqual(
      ['ordinary', 'source port 53', 'source port 52', 'source port 54'],
    )
  })

  test('when rules compare ordinary source ports, the ordinary packet has a fixed one', () => {
    const facts = factsFrom([match(payload('tcp', 'sport'), 40000, '>=')])
    expect(standing(pathOf(facts, 'lan', 'wan')).map(({ packet }) => packet.sourcePort)).toEqual([
      49152, 0,
    ])
  })

  test('lengths and hop limits are those that packets can have', () => {
    const facts = factsFrom(
      [match(meta('length'), 1000, '>')],
      [match(payload('ip', 'ttl'), 1)],
      [match(payload('ip', 'length'), 9000)],
    )
    // A packet that is forwarded has one hop less when the forward hook sees it.
    expect(standing(pathOf(facts, 'lan', 'wan')).map(({ label }) => label)).toEqual([
      'ordinary',
      'length 1001',
      'TTL 2',
      'length 1001, TTL 2',
    ])
    expect(
      standing(pathOf(facts, 'lan', FIREWALL))
        .filter(({ fields }) => !fields.includes('target'))
        .map(({ label }) => label),
    ).toEqual(['ordinary', 'length 1001', 'TTL 1', 'length 1001, TTL 1'])
  })

  test('only the firewall’s own packets have marks', () => {
    const facts = factsFrom([match(meta('mark'), 7)])
    expect(standing(pathOf(facts, FIREWALL, 'wan')).map(({ packet }) => packet.mark)).toEqual([
      undefined,
      7,
    ])
    expect(standing(pathOf(facts, 'lan', 'wan'))).toHaveLength(1)
  })
})

describe('fields of few values', () => {
  const labels = (protocol: PathSpec['protocol'], ...exprs: object[]): string[] =>
    all(pathOf(factsFrom(exprs), 'wan', 'lan', { protocol }))
      .filter(({ level }) => level === 'one field')
      .map(({ label }) => label)
  const flags = (mask: string[], value: string[] | string): object =>
    match({ '&': [payload('tcp', 'flags'), mask] }, value)

  test('TCP flags are the most common member of each class of the masks, except the class of SYN', () => {
    expect(labels('tcp', flags(['fin', 'syn', 'rst', 'ack'], 'syn'))).toEqual(['flags ack'])
    expect(
      labels('tcp', flags(['fin', 'syn'], ['fin', 'syn']), flags(['fin', 'rst'], ['fin', 'rst'])),
    ).toEqual(['flags fin,syn', 'flags fin,rst', 'flags fin,syn,rst,psh,ack,urg'])
    expect(labels('udp', flags(['fin', 'syn'], ['fin', 'syn']))).toEqual([])
  })

  test('DSCP values and ICMP codes are those that rules compare', () => {
    expect(labels('udp', match(payload('ip', 'dscp'), 'ef'))).toEqual(['DSCP 46'])
    const code = match(payload('icmp', 'code'), { set: ['net-unreachable', 'port-unreachable'] })
    expect(labels('icmp', code)).toEqual(['code 1'])
    expect(labels('tcp', code)).toEqual([])
  })
})
