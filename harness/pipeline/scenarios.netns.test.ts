/** What is right is found right: the shipped scenarios and the hand-written rulesets; and a limit, which is neither. */
import { describe, expect, test } from 'vitest'
import { FEW_PORTS, LARGE, provenIn } from '../../tools/testing/provider-suite.ts'
import { REJECTING, RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'
import { load, loadAll, runHere, runWith, wrongIn } from '../../tools/testing/wrong.ts'

// On every port `npm run fresh:conformance` proves all of them, a part of the gate. On
// few ports the code of this folder proves here what differs in more than size. The
// second run, without root, has one scenario of each kind of sweep.
const isSecond = process.env.NFTPROOF_TEST_RUN === 'second'

describe('without a fault', () => {
  test('the hand-written ruleset conforms', async () => {
    const result = await runWith('default-egress', rulesetOf(RIGHT))
    expect(wrongIn(result.scenarios[0]!.tables)).toEqual({})
    expect(result.status).toBe('conforms')
  })

  if (isSecond) return
  test('the hand-written rejecting ruleset conforms', async () => {
    const result = await runWith('default-egress-reject', rulesetOf(REJECTING))
    expect(wrongIn(result.scenarios[0]!.tables)).toEqual({})
    expect(result.status).toBe('conforms')
  })
})

const ONE_OF_EACH_KIND = [
  'default-egress-reject',
  'grants/revocation-cut',
  'office/iptables',
  'spoofed-source',
]
provenIn('namespaces', runHere, {
  loaded: (await loadAll()).filter(({ scenario: { id } }) =>
    isSecond ? ONE_OF_EACH_KIND.includes(id) : !LARGE.includes(id),
  ),
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
