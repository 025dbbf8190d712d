import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { noFindings } from '../plan/findings.ts'
import { scenarioResult, unmeasuredResult } from './scenario-result.ts'

const SCENARIO = {
  scenario: { id: 'a', title: 'A', requirement: 'It holds.', source: 'Somewhere' },
  policy: { id: 'p', file: 'p.yaml' },
  ...{ policySha256: '00', at: '2026-06-15' },
}
const GRANT = {
  ...{ request: 'relay', project: 'shop', until: '2026-12-31', label: 'grant relay' },
  ...{ tcp: PortSet.of(25), udp: PortSet.empty, destinations: [] },
  at: { file: 'r.yaml', line: 1, column: 1 },
}
const GIVEN = { ruleset: { origin: 'p.yaml', text: 'compiled' }, grants: [GRANT], revoked: [] }
const MEASURED = { findings: [noFindings(4)], notMeasured: [], isInterrupted: false }

test('a result names its scenario, its policy and its grants', () => {
  expect(scenarioResult(SCENARIO, GIVEN, MEASURED).result).toMatchObject({
    ...{ id: 'a', policy: { id: 'p', file: 'p.yaml', sha256: '00' }, at: '2026-06-15' },
    grants: [{ request: 'relay', project: 'shop', until: '2026-12-31' }],
    ruleset: { origin: 'p.yaml', text: 'compiled' },
  })
})

test('rules that were already there are those of the first lab that read them', () => {
  const findings = [noFindings(4), { ...noFindings(6), ruleset: 'listed' }]
  const { result } = scenarioResult(SCENARIO, GIVEN, { ...MEASURED, findings })
  expect(result.ruleset.text).toBe('listed')
})

describe('an interrupted scenario', () => {
  const interrupted = { ...MEASURED, isInterrupted: true }
  const { result, order } = scenarioResult(SCENARIO, GIVEN, interrupted)

  test('is unknown, and says so for each family', () => {
    const { status, problems } = result
    expect({ status, problems }).toEqual({
      status: 'unknown',
      problems: ['IPv4: interrupted before it was done'],
    })
  })

  test('has one position for each problem, by which shards are joined', () => {
    expect(order).toMatchObject({ scenario: 'a' })
    expect(order.problems).toHaveLength(1)
  })
})

test('a scenario whose measurement did not begin is unknown', () => {
  const failure = { cause: 'environment', reason: 'no program' } as const
  const { result, order } = unmeasuredResult(SCENARIO, failure)
  expect(result).toMatchObject({ status: 'unknown', notMeasured: [failure], tables: [] })
  expect(order).toMatchObject({ scenario: 'a', tables: [] })
})
