/**
 * Proof that it sees: rulesets that are wrong in one way each, and exactly the
 * wrong numbers reported, no more and no less.
 *
 *     shop ══ shop0 │ firewall with a fault │ wan0 ══ internet
 */
import { describe, expect, test } from 'vitest'
import { FAULTS } from './testing/faults.ts'
import { rulesetOf } from './testing/ruleset.ts'
import { runWith, wrongIn } from './testing/wrong.ts'

describe('with a fault', () => {
  test.each(FAULTS)('$name', async ({ scenario, parts, wrong, sourcePort }) => {
    const result = await runWith(scenario, rulesetOf(parts))
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
