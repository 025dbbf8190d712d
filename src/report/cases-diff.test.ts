import { describe, expect, test } from 'vitest'
import { row as changeRow, probed } from '../changed-rules/fixtures.ts'
import type { ChangeRow, DiffTable } from '../result/diff.ts'
import { casesOfDiff } from './cases-diff.ts'
import { DIFF } from './every-part-fixtures.ts'

const OPENED: ChangeRow = {
  ...changeRow(25, 25),
  replay: 'nftproof diff a.nft b.nft --ports 25',
  evidence: {
    number: 25,
    before: { probe: 'p', steps: [step('tcp dport 25 drop', 'a.nft')] },
    after: { probe: 'p', steps: [step('tcp dport 25 accept', 'b.nft')] },
  },
}

function step(rule: string, file: string) {
  const verdict = rule.split(' ').at(-1)!
  return { family: 'inet', table: 'filter', chain: 'forward', rule, verdict, at: { file, line: 5 } }
}

function findingsOf(tables: readonly DiffTable[]) {
  const [suite] = casesOfDiff({ ...DIFF, tables })
  return suite!.cases.flatMap(({ findings }) => findings)
}

describe('a change in a JUnit case', () => {
  test('has the deciding rules of both sides with their lines, and its replay command', () => {
    const [finding] = findingsOf([probed([OPENED]).table])
    expect(finding!.details).toEqual([
      'before: filter forward: tcp dport 25 drop (a.nft:5)',
      'after: filter forward: tcp dport 25 accept (b.nft:5)',
      'replay: nftproof diff a.nft b.nft --ports 25',
    ])
    expect(finding!.at).toEqual({ file: 'b.nft', line: 5 })
  })

  test('the same change of other packets is one finding, which lists them', () => {
    const varied = ['ttl 1', 'length 1500'].map(
      (combination) => probed([OPENED], { ordinary: false, combination }).table,
    )
    const [finding, ...others] = findingsOf([...varied, probed([OPENED]).table]).filter(
      ({ status }) => status === 'failed',
    )
    expect(finding!.message).not.toMatch(/ttl/)
    expect(finding!.details!.slice(-2)).toEqual(['also ttl 1', 'also length 1500'])
    expect(others.filter(({ message }) => message.includes('25: opened'))).toEqual([])
  })
})
