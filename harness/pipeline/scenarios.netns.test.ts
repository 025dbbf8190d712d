/** What is right is found right: the shipped scenarios and the hand-written rulesets; and a limit, which is neither. */
import { describe, expect, test } from 'vitest'
import { FEW_PORTS, provenIn } from '../../tools/testing/provider-suite.ts'
import { REJECTING, RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'
import { load, loadAll, runHere, runWith, wrongIn } from '../../tools/testing/wrong.ts'

describe('without a fault', () => {
  test('the hand-written ruleset conforms', async () => {
    const result = await runWith('default-egress', rulesetOf(RIGHT))
    expect(wrongIn(result.scenarios[0]!.tables)).toEqual({})
    expect(result.status).toBe('conforms')
  })

  test('the hand-written rejecting ruleset conforms', async () => {
    const result = await runWith('default-egress-reject', rulesetOf(REJECTING))
    expect(wrongIn(result.scenarios[0]!.tables)).toEqual({})
    expect(result.status).toBe('conforms')
  })
})

// On every port `npm run fresh:conformance` proves them, a part of the gate; on
// few ones they show here that the code of this folder proves each of them. The
// second run, without root, leaves out what differs from another one in size only.
const LARGE = ['grants/fifty-projects', 'office/paper', 'grants/tenant-isolation']
const isSecond = process.env.NFTPROOF_TEST_RUN === 'second'
const all = await loadAll()
provenIn('namespaces', runHere, {
  loaded: isSecond ? all.filter(({ scenario }) => !LARGE.includes(scenario.id)) : all,
  ports: FEW_PORTS,
})

test('a limit that the sweep uses up makes ports unsteady: neither open nor blocked', async () => {
  const limited = RIGHT.tcp.replace(
    '\n    accept',
    '\n    limit rate 1/day burst 1000 packets accept\n    drop',
  )
  const result = await runHere({
    loaded: load('default-egress'),
    families: [4],
    protocols: ['tcp'],
    ruleset: { origin: 'test', text: rulesetOf({ ...RIGHT, tcp: limited }) },
  })
  const rows = result.scenarios[0]!.tables[0]!.rows
  const unsteady = rows.filter((row) => row.observed.kind === 'unsteady')
  expect(unsteady.map(({ from, to }) => [from, to])).toEqual([[1025, 65535]])
  for (const row of unsteady) {
    expect(row.verdict).toBe('unknown')
    const seen = new Set(row.attempts.map((a) => a.sender?.kind ?? 'nothing'))
    expect([...seen].sort()).toEqual(['nothing', 'reply'])
  }
  expect(result.status).not.toBe('conforms')
})
