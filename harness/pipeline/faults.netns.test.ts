/**
 * Proof that it sees: rulesets that are wrong in one way each, and exactly the
 * wrong numbers reported, no more and no less; some of them on every port.
 *
 *     shop ══ shop0 │ firewall with a fault │ wan0 ══ internet
 */
import { describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../../src/net/protocol.ts'
import { FAULTS, type Fault } from '../../tools/testing/faults.ts'
import { rulesetOf } from '../../tools/testing/ruleset.ts'
import { load, runHere, wrongIn } from '../../tools/testing/wrong.ts'

/** One of so many is looked for on every port, in all protocols: each of them takes as long as ten others. */
const WHOLE = 12
/** The others: the protocols and one of the families that they are about, on all ports that a policy's line begins or ends at, and some more. */
const FEW = PortSet.parse('0-130,436-450,1000-1040,8000-8010,40000-40010,65500-65535')

interface Looked {
  readonly protocols: readonly Protocol[]
  readonly families?: readonly Family[]
  readonly ports?: PortSet
  readonly wrong: Fault['wrong']
}

function lookedFor({ wrong }: Fault, i: number): Looked {
  const few = Object.entries(wrong).map(([key, { numbers, seen }]) => {
    const part = PortSet.parse(numbers).intersect(FEW)
    return [key, { numbers: part.toString(), seen }] as const
  })
  const shows = few.every(([, { numbers }]) => numbers !== '')
  if (i % WHOLE === 0 || !shows) return { protocols: PROTOCOLS, wrong }
  const concerned = FAMILIES.filter((one) => few.some(([key]) => key.startsWith(`ipv${one} `)))
  const family = concerned[i % concerned.length]!
  const own = few.filter(([key]) => key.startsWith(`ipv${family} `))
  const protocols = PROTOCOLS.filter((one) => own.some(([key]) => key.endsWith(` ${one}`)))
  return { protocols, families: [family], ports: FEW, wrong: Object.fromEntries(own) }
}

const CASES = FAULTS.map((fault, i) => ({ ...fault, ...lookedFor(fault, i) }))

describe('a fault is found', () => {
  test.each(CASES)('$name', async ({ scenario, parts, sourcePort, ...looked }) => {
    const { protocols, families, ports, wrong } = looked
    const ruleset = { origin: 'test', text: rulesetOf(parts) }
    const loaded = load(scenario)
    const result = await runHere({ loaded, ruleset, protocols, families, ports })
    // A fault shows in the variants of the packets too, where more or less of it may pass.
    const labels = new Set(loaded[0]!.scenario.sweeps.map(({ as }) => as?.label))
    const tables = result.scenarios[0]!.tables.filter(({ as }) => labels.has(as))
    const concerned = tables.filter((table) => table.sourcePort === sourcePort)
    expect(wrongIn(concerned)).toEqual(wrong)
    expect(result.status).toBe('mismatch')
    if (sourcePort !== undefined)
      expect(wrongIn(tables.filter((table) => table.sourcePort === undefined))).toEqual({})
    for (const row of concerned
      .flatMap((table) => table.rows)
      .filter((r) => r.verdict === 'mismatch')
      .slice(0, 3)) {
      expect(row.replay).toMatch(
        /^nftproof run \S+ (--from \S+ --to \S+ )?--family ipv[46] --protocol \w+ --ports \d+/,
      )
      // No rule at all stands where the probe passes if the hook is wrong.
      if (parts.hook === 'forward')
        expect(row.evidence?.trace.at(-1)?.verdict).toMatch(/accept|drop|reject/)
    }
  })

  test('there are at least twenty faults', () => {
    expect(FAULTS.length).toBeGreaterThanOrEqual(20)
  })
})
