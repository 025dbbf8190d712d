import { expect, test } from 'vitest'
import { refuseLongSets, refuseTooLarge } from './ruleset-limits.ts'

test('a set with too many elements is refused with its name, line and the limit', () => {
  const text =
    'table ip t {\n  set banned {\n    elements = { 1.1.1.1, 2.2.2.2, 3.3.3.3 }\n  }\n}\n'
  expect(() => refuseLongSets(text, 'rules.nft', 2)).toThrow(
    'rules.nft:3: set banned has 3 elements: the limit is 2',
  )
  refuseLongSets(text, 'rules.nft', 3)
})

test('a firewall with too many rules is refused with the limit; lines of sets do not count', () => {
  const listing = [
    'table ip t { # handle 1',
    '\tset s { # handle 2',
    '\t\ttype ipv4_addr',
    '\t\telements = { 10.0.0.1, 10.0.0.2,',
    '\t\t\t     10.0.0.3 }',
    '\t}',
    '\tchain c { # handle 3',
    '\t\ttype filter hook input priority filter; policy drop;',
    '\t\ttcp dport 22 accept # handle 4',
    '\t\ttcp dport 80 accept # handle 5',
    '\t}',
    '}',
  ].join('\n')
  expect(() => refuseTooLarge('old.nft', { listing }, 1)).toThrow(
    'old.nft: has 2 rules: the limit is 1',
  )
  refuseTooLarge('old.nft', { listing }, 2)
})
