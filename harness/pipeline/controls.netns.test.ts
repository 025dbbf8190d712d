/** The harness's own faults: each must be noticed, never be taken for the firewall's silence. */
import { describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import type { Result } from '../../src/result/result.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { load, runHere, wrongIn } from '../../tools/testing/wrong.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const PORTS = PortSet.parse('0-2000,65000-65535')

function kindsOf(result: Result): string[] {
  const rows = result.scenarios.flatMap((s) => s.tables.flatMap((t) => t.rows))
  return [...new Set(rows.map((row) => row.observed.kind))].sort()
}

describe('a dead responder', () => {
  test('fails the controls: no verdict', async () => {
    const result = await runHere({
      loaded: load('default-egress'),
      faults: { deadResponder: true },
    })
    expect(result.status).toBe('unknown')
    expect(result.scenarios[0]!.problems[0]).toMatch(
      /IPv4: a control failed: shop → internet: without any rules, tcp 0 must be open and was dropped/,
    )
    expect(result.scenarios[0]!.tables).toEqual([])
  })
})

describe('a lost probe', () => {
  test('lost once: the counters show it, and the second attempt repairs it', async () => {
    const result = await runHere({
      loaded: load('default-egress'),
      families: [4],
      protocols: ['tcp'],
      faults: { loseProbe: { number: 8081, attempts: [0] } },
    })
    const table = result.scenarios[0]!.tables[0]!
    expect(table.losses).toEqual({ 'shop: frames not sent': 1 })
    const row = table.rows.find(({ from, to }) => from <= 8081 && 8081 <= to)
    expect(row).toMatchObject({ from: 8081, to: 8081, observed: { kind: 'open' } })
    expect(row?.attempts).toMatchObject([
      { target: null, lossy: true },
      { sender: { kind: 'reply' } },
    ])
    expect(result.status).toBe('conforms')
  })

  test('lost in every attempt: its silence proves nothing', async () => {
    const result = await runHere({
      loaded: load('default-egress'),
      families: [4],
      protocols: ['tcp'],
      ports: PortSet.parse('8000-8100'),
      faults: { loseProbe: { number: 8081, attempts: [0, 1, 2] } },
    })
    const wrong = wrongIn(result.scenarios[0]!.tables)
    expect(wrong['ipv4 tcp']?.seen).toContain('inconclusive')
    expect(PortSet.parse(wrong['ipv4 tcp']!.numbers).has(8081)).toBe(true)
    expect(result.status).toBe('unknown')
  })
})

describe('too small a receive buffer', () => {
  test.each([1, 20_000])(
    'of %i bytes is noticed, and its losses are repaired or inconclusive',
    async (receiveBuffer) => {
      const result = await runHere({
        loaded: load('default-egress'),
        families: [4],
        protocols: ['tcp'],
        ports: PORTS,
        sourcePort: 40000,
        faults: { receiveBuffer },
      })
      const { tables, problems } = result.scenarios[0]!
      const noticed = [...tables.flatMap((table) => Object.keys(table.losses)), ...problems].join()
      expect(noticed).toMatch(receiveBuffer === 1 ? /control failed/ : /receive queue overflowed/)
      expect(result.status).not.toBe('mismatch')
      expect(kindsOf(result)).not.toContain('unsteady')
      // What is said to be dropped was silent while nothing was lost.
      for (const row of tables.flatMap((table) => table.rows))
        if (row.observed.kind === 'dropped') expect(row.attempts.some((a) => !a.lossy)).toBe(true)
    },
  )
})

describe('a full connection tracking table', () => {
  test('fails the controls: no verdict', async () => {
    const result = await runHere({
      loaded: load('default-egress'),
      families: [4],
      protocols: ['tcp'],
      ports: PORTS,
      faults: { fillTracking: 'kept' },
    })
    expect(result.status).toBe('unknown')
    expect(result.scenarios[0]!.problems.join()).toMatch(/a control failed: .* inconclusive/)
  })

  test('is noticed in a sweep, and silence never counts as blocked', async () => {
    const { scenario, policy } = load('default-egress')[0]!
    const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    try {
      const spec = { family: 4, zones: scenario.zones } as const
      const lab = await sandbox.openLab(spec, { fillTracking: 'kept' })
      await lab.load(compile(policy, projectsOf(scenario)))
      const { observed, losses } = await lab.sweep({
        from: 'shop',
        to: 'internet',
        source: '10.20.1.10',
        target: '203.0.113.10',
        protocol: 'tcp',
        numbers: PORTS.ranges,
        answer: 'reply',
      })
      expect(losses).toMatchObject({ 'connection tracking: full': expect.any(Number) })
      const kinds = new Set(observed.map(({ value }) => value.outcome.kind))
      expect(kinds).not.toContain('dropped')
      expect(kinds).toContain('inconclusive')
    } finally {
      await sandbox.close()
    }
  })

  test('is flushed before the next sweep', async () => {
    const result = await runHere({
      loaded: load('default-egress'),
      families: [4],
      protocols: ['tcp'],
      ports: PORTS,
      sourcePort: 40000,
      faults: { fillTracking: 'before the sweep' },
    })
    expect(result.status).toBe('conforms')
  })
})

describe('a flow opened by one sweep', () => {
  test('does not let later probes of the other direction through', async () => {
    const [loaded] = load('default-egress')
    const { scenario, policy } = loaded!
    const [there] = scenario.sweeps
    const back = { ...there!, from: 'internet', to: 'shop' }
    const otherwise = policy.otherwise.map((one) =>
      one.traffic[0]!.protocol === 'ip' ? { ...one, treatment: 'allow' as const } : one,
    )
    // Protocols without ports have one flow between two addresses, whoever began it.
    const result = await runHere({
      loaded: [
        {
          ...loaded!,
          policy: { ...policy, otherwise },
          scenario: { ...scenario, sweeps: [there!, back] },
        },
      ],
      protocols: ['ip', 'icmp'],
    })
    expect(wrongIn(result.scenarios[0]!.tables)).toEqual({})
    expect(result.status).toBe('conforms')
  })
})
