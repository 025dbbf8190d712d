import { expect, test } from 'vitest'
import { refuseTooLarge } from './ruleset-limits.ts'

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
