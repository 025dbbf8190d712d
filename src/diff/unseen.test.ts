import { expect, test } from 'vitest'
import type { DiffTable } from './diff.ts'
import { unseenRules } from './unseen.ts'

const listing = (...rules: string[]): string =>
  `table inet f { # handle 1\n\tchain c { # handle 1\n${rules.map((rule, i) => `\t\t${rule} # handle ${i + 2}\n`).join('')}\t}\n}\n`

test('a rule that only one of them has, and that no change was told of', () => {
  const old = listing('tcp dport 22 accept', 'drop')
  const young = listing('tcp dport 22 accept', 'sctp dport 80 accept', 'drop')
  expect(unseenRules(old, young, [])).toEqual([
    'inet f c: sctp dport 80 accept (only in the new firewall)',
  ])
  expect(unseenRules(young, old, [])).toEqual([
    'inet f c: sctp dport 80 accept (only in the old firewall)',
  ])
  expect(unseenRules(old, old, [])).toEqual([])
})

test('one that is there twice is another one', () => {
  expect(unseenRules(listing('drop'), listing('drop', 'drop'), [])).toHaveLength(1)
})

test('a rule that decided about a change is not unseen', () => {
  const step = {
    family: 'inet',
    table: 'f',
    chain: 'c',
    rule: 'tcp dport 80 accept',
    verdict: 'accept',
  }
  const evidence = {
    number: 80,
    before: { probe: '', steps: [] },
    after: { probe: '', steps: [step] },
  }
  const tables = [{ changes: [{ evidence }] }] as unknown as DiffTable[]
  expect(unseenRules(listing(), listing('tcp dport 80 accept'), tables)).toEqual([])
  // Nor is the one in whose place it stands; one beside it is.
  const young = listing('ct state new drop', 'tcp dport 80 accept')
  expect(unseenRules(listing('ct state new drop', 'tcp dport 70 accept'), young, tables)).toEqual(
    [],
  )
  expect(unseenRules(listing('tcp dport 70 accept', 'ct state new drop'), young, tables)).toEqual([
    'inet f c: tcp dport 70 accept (only in the old firewall)',
  ])
})
