import { describe, expect, test } from 'vitest'
import {
  parseFamilies,
  parseFamily,
  parseProtocols,
  parseReporter,
  parseTarget,
} from './options.ts'

describe('option values are accepted in common spellings', () => {
  test.each([
    ['ipv4', [4]],
    ['IPv4', [4]],
    ['4', [4]],
    ['IPV6', [6]],
    ['6, IPv4', [6, 4]],
  ])('%s is a family', (text, families) => {
    expect(parseFamilies(text)).toEqual(families)
  })

  test.each(['', '5', 'ip', 'ipv', '4 6', 'constructor'])('%j is not a family', (text) => {
    expect(() => parseFamilies(text)).toThrow(/is not ipv4 or ipv6/)
  })

  test('explain takes exactly one family', () => {
    expect(parseFamily('IPv6')).toBe(6)
    expect(() => parseFamily('4,6')).toThrow(/must be ipv4 or ipv6/)
  })

  test.each([
    ['TCP', ['tcp']],
    ['Tcp,UDP', ['tcp', 'udp']],
    ['ICMP', ['icmp']],
  ])('%s is a protocol', (text, protocols) => {
    expect(parseProtocols(text)).toEqual(protocols)
  })

  test.each(['sctp', 'tcp6', ''])('%j is not a protocol', (text) => {
    expect(() => parseProtocols(text)).toThrow(/is not one of tcp, udp, icmp, ip/)
  })
})

test('--target is given once, --reporter several times', () => {
  expect(parseTarget('netns:r1')).toBe('netns:r1')
  expect(() => parseTarget('pid:1', 'netns:r1')).toThrow(/only one target/)
  expect(parseReporter('junit=a=b.xml', parseReporter('json'))).toEqual([
    { name: 'json' },
    { name: 'junit', file: 'a=b.xml' },
  ])
})
