/**
 * Proof that it sees: rulesets that are wrong in one way each, and exactly the
 * wrong numbers reported, no more and no less. Each fault is looked for in the
 * protocols that it is about, and some of them in all.
 *
 *     shop ══ shop0 │ firewall with a fault │ wan0 ══ internet
 */
import { describe, expect, test } from 'vitest'
import { PROTOCOLS, type Protocol } from '../src/flow.ts'
import { FAULTS, type Fault } from './testing/faults.ts'
import { rulesetOf } from './testing/ruleset.ts'
import { load, runHere, wrongIn } from './testing/wrong.ts'

/** One of so many is looked for in all protocols: whether a fault of one shows in another does not depend on which it is. */
const IN_ALL = 4

const protocolsIn = (wrong: Fault['wrong']): Protocol[] =>
  PROTOCOLS.filter((protocol) => Object.keys(wrong).some((key) => key.endsWith(` ${protocol}`)))

const CASES = FAULTS.map((fault, i) => ({
  ...fault,
  protocols: i % IN_ALL === 0 ? PROTOCOLS : protocolsIn(fault.wrong),
}))

describe('with a fault', () => {
  test.each(CASES)('$name', async ({ scenario, parts, wrong, sourcePort, protocols }) => {
    const ruleset = { origin: 'test', text: rulesetOf(parts) }
    const result = await runHere({ loaded: load(scenario), ruleset, protocols })
    const tables = result.scenarios[0]!.tables
    const concerned = tables.filter((table) => table.sourcePort === sourcePort)
    expect(wrongIn(concerned)).toEqual(wrong)
    expect(result.status).toBe('mismatch')
    if (sourcePort !== undefined)
      expect(wrongIn(tables.filter((table) => table.sourcePort === undefined))).toEqual({})
    for (const row of concerned
      .flatMap((table) => table.rows)
      .filter((r) => r.standing === 'mismatch')
      .slice(0, 3)) {
      expect(row.replay).toMatch(/^nftproof run \S+ --family ipv[46] --protocol \w+ --ports \d+/)
      // No rule at all stands where the probe passes if the hook is wrong.
      if (parts.hook === 'forward') expect(row.evidence?.trace.length).toBeGreaterThan(0)
    }
  })

  test('there are at least twenty of them', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(20)
  })
})
