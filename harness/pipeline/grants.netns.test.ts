/** Wrong rulesets for grants: each must be reported with exactly the ports that are wrong, for whom, and where to. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { rangeWords } from '../../src/net/text.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { Result } from '../../src/result/result.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { FEW_PORTS } from '../../tools/testing/provider-suite.ts'
import { load, runHere, SCENARIOS } from '../../tools/testing/wrong.ts'
import { type Loaded, loadScenarios } from '../input/load.ts'
import type { RunOptions } from './contract.ts'

/** What was wrong: `blog → internet tcp 465 open`. */
function wrong(result: Result): string[] {
  const tables = result.scenarios.flatMap((s) => s.tables)
  const rows = tables.flatMap((table) =>
    table.rows
      .filter((row) => row.verdict !== 'conforms')
      .map((row) => {
        const as = table.as ? ` as ${table.as}` : ''
        const at = table.destination ? ` (${table.destination.split(', ')[0]})` : ''
        return `${table.from}${as} → ${table.to}${at} ${table.protocol} ${rangeWords(row)} ${row.observed.kind}`
      }),
  )
  return [...new Set(rows)].sort()
}

/** The ports of these grants, and some beside. */
const portsOf = (grants: readonly Grant[]): PortSet =>
  grants.reduce((all, { tcp, udp }) => all.union(tcp).union(udp), FEW_PORTS)

/** Runs a scenario on what is compiled from other grants than those that it has; probes the ports of both, and some beside. */
function runOn(
  of: string | Loaded,
  change: (grants: readonly Grant[], of: Loaded) => Grant[],
  only: Partial<RunOptions> = {},
) {
  const [loaded] = typeof of === 'string' ? load(of) : [of]
  const { scenario, policy, grants } = loaded!
  const changed = change(grants, loaded!)
  const text = compile(policy, projectsOf(scenario), changed)
  return runHere({
    loaded: [loaded!],
    ports: portsOf([...grants, ...changed]),
    ruleset: { origin: 'a fault', text },
    ...only,
  })
}

/** A scenario of generated projects, like grants/fifty-projects, which has too many links for a quick test. */
function generated(generate: Readonly<Record<'projects' | 'classes' | 'seed', number>>): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-grants-'))
  try {
    cpSync(join(SCENARIOS, 'policies/zerops.yaml'), join(folder, 'policy.yaml'))
    const scenario = {
      ...{
        title: 'generated projects',
        requirement: 'each reaches what its grants allow',
        source: 'this test',
      },
      ...{ policy: 'policy.yaml', generate, at: '2026-06-15' },
      sweeps: [{ from: '*', to: 'internet', protocols: ['tcp', 'udp'] }],
    }
    writeFileSync(join(folder, 'scenario.yaml'), JSON.stringify(scenario))
    const [loaded] = loadScenarios(folder, ['scenario'])
    return loaded as Loaded
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const port = (grant: Grant, tcp: string): Grant => ({ ...grant, tcp: PortSet.parse(tcp) })

describe('a fault in a grant is found: a grant', () => {
  test('that another project also gets', async () => {
    const result = await runOn('grants/submission', (grants) => [
      ...grants,
      { ...grants[0]!, project: 'mail' },
    ])
    expect(result.status).toBe('mismatch')
    expect(wrong(result)).toEqual(['mail → internet tcp 465 open', 'mail → internet tcp 587 open'])
  })

  test('with one port too many', async () => {
    const result = await runOn('grants/submission', (grants) => [port(grants[0]!, '465,586-587')])
    expect(wrong(result)).toEqual(['shop → internet tcp 586 open'])
  })

  test('that is missing', async () => {
    const result = await runOn('grants/custom-udp', () => [])
    expect(wrong(result)).toEqual(['blog → internet udp 51820 dropped'])
  })

  test('to all destinations instead of one provider', async () => {
    const result = await runOn('grants/smtp-to-one-provider', (grants) =>
      grants.map((grant) => ({ ...grant, destinations: [] })),
    )
    expect(wrong(result)).toEqual([
      'mail → internet (198.51.100.128) tcp 25 open',
      'mail → internet (2001:db8:24:ffff:ffff:ffff:ffff:ffff) tcp 25 open',
      'mail → internet (2001:db8:26::) tcp 25 open',
      'mail → internet tcp 25 open',
    ])
  })

  test('with a prefix one bit too short', async () => {
    const result = await runOn('grants/smtp-to-one-provider', (grants) =>
      grants.map((grant) => ({
        ...grant,
        destinations: grant.destinations.map((d) =>
          d.family === 4 ? { ...d, prefixLength: d.prefixLength - 1 } : d,
        ),
      })),
    )
    expect(wrong(result)).toEqual([
      'mail → internet (198.51.100.128) tcp 25 open',
      'mail → internet (198.51.100.129) tcp 25 open',
    ])
  })

  test('that is expired or never approved, but in force', async () => {
    const late = await runOn('grants/expiry', (grants) => [
      ...grants,
      port({ ...grants[0]!, request: 'shop-ldap-expired' }, '636'),
    ])
    expect(wrong(late)).toEqual(['shop → internet tcp 636 open'])
  })

  test('that one member of a class has in addition', async () => {
    const result = await runOn(
      generated({ projects: 12, classes: 3, seed: 20260615 }),
      (grants, { scenario }) => {
        const last = projectsOf(scenario).at(-1)!.name
        const other = grants.find((grant) => grant.project !== last && !grant.tcp.isEmpty)!
        return [...grants, { ...other, project: last, destinations: [] }]
      },
      { families: [4], protocols: ['tcp'] },
    )
    expect(result.status).toBe('mismatch')
    for (const line of wrong(result))
      expect(line).toMatch(/^p12 → internet (\(\S+\) )?tcp \S+ open$/)
  })
})

describe('tenants', () => {
  test('with a link that accepts any source address are found', async () => {
    const [loaded] = load('grants/tenant-isolation')
    const { scenario, policy, grants } = loaded!
    const text = compile(policy, projectsOf(scenario), grants).replace(
      /(chain source \{\n.*\n)/,
      '$1\t\tiifname "blog0" accept\n',
    )
    const result = await runHere({
      loaded: [loaded!],
      ports: FEW_PORTS,
      ruleset: { origin: 'a fault', text },
    })
    const paths = new Set(wrong(result).map((line) => line.replace(/ (tcp|udp).*/, '')))
    expect([...paths]).toEqual(['blog as mail → internet', 'blog as shop → internet'])
    // Nobody's address on a link opens what its owner was granted elsewhere.
    expect(wrong(result).join('\n')).not.toMatch(/blog as shop → internet tcp (465|587) /)
  })
})

describe('revocation', () => {
  test('is not tried with a given ruleset, so that nothing is proved', async () => {
    const result = await runOn('grants/revocation-cut', (grants) => [...grants])
    expect(result.status).toBe('unknown')
    expect(result.scenarios[0]!.problems[0]).toMatch(/no grant was revoked/)
  })

  test.each([
    ['grants/revocation-cut', 'cut', { 'neither way': 28, 'both ways': 56 }],
    ['grants/revocation-keep', 'keep', { 'both ways': 84 }],
  ])('%s: every established flow is as the policy says', async (id, revoked, counts) => {
    const [loaded] = load(id)
    expect(loaded!.policy.grants!.revoked).toBe(revoked)
    const result = await runHere({ loaded: [loaded!], ports: portsOf(loaded!.grants) })
    const rows = result.scenarios[0]!.flows.flatMap((flow) => flow.rows)
    const seen: Record<string, number> = {}
    for (const { observed, from, to } of rows)
      seen[observed] = (seen[observed] ?? 0) + to - from + 1
    expect(seen).toEqual(counts)
    expect(result.status).toBe('conforms')
  })
})
