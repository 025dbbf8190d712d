import { describe, expect, test } from 'vitest'
import { officeWith } from '../policy/zones/fixtures.ts'
import { PLAIN } from '../quote/style.ts'
import { resultSchema } from '../result/result-schema.ts'
import { linesOf } from './connections.ts'
import { distinctTables, ruleWords } from './distinct.ts'
import { BLOCKED, OPEN, result, row, scenario, table } from './fixtures.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderScenario, renderScenarioQuietly } from './terminal.ts'
import { renderSummary } from './terminal-summary.ts'
import { trafficWords } from './traffic-words.ts'
import { renderZonePolicy } from './zone-policy.ts'

const path = { from: 'wan', to: 'web' }
const trace = [
  {
    family: 'inet',
    table: 'office',
    chain: 'to_web',
    rule: 'tcp dport { 80, 443 } accept',
    handle: 4,
    verdict: 'accept',
    at: { file: 'office.nft', line: 15 },
  },
]
const WRONG = {
  ...row(443, 443, BLOCKED, { kind: 'open' }, 'mismatch'),
  replay: 'nftproof run office --ports 443',
  evidence: { number: 443, probe: 'TCP SYN', trace },
}
const right = table(
  [row(0, 79, BLOCKED, { kind: 'dropped' }), row(80, 80, OPEN, { kind: 'open' })],
  path,
)
const wrong = table([row(80, 80, OPEN, { kind: 'open' }), WRONG], path)
const again = { ...wrong, as: '203.0.113.9' }
const verified = scenario([wrong, again], {
  status: 'mismatch',
  notes: ['the lab is from lab.yaml'],
})

describe('a path on one line', () => {
  test('marks ports open over one family only', () => {
    const six = table([row(0, 80, BLOCKED, { kind: 'dropped' })], { ...path, family: 6 })
    expect(linesOf([right, six])).toEqual([{ path: 'wan → web', open: 'tcp/80 (IPv4)', mark: '✔' }])
    expect(linesOf([right, { ...right, family: 6 }])[0]!.open).toBe('tcp/80')
  })

  test('shows ports between two equal edges as one range, within the selected ports', () => {
    const rows = [
      row(0, 0, OPEN, { kind: 'open' }),
      row(80, 80, OPEN, { kind: 'open' }),
      row(90, 90, OPEN, { kind: 'open' }),
    ]
    const open = (boundariesOf: { from: number; to: number }[]): string =>
      linesOf([table(rows, { ...path, boundariesOf })])[0]!.open
    expect(open([{ from: 0, to: 100 }])).toBe('tcp/0–90 (IPv4)')
    expect(
      open([
        { from: 0, to: 80 },
        { from: 90, to: 90 },
      ]),
    ).toBe('tcp/0–80 (IPv4), tcp/90 (IPv4)')
    expect(linesOf([table(rows, path)])[0]!.open).toBe('tcp/0 (IPv4), tcp/80 (IPv4), tcp/90 (IPv4)')
  })

  test('marks wrong and unknown outcomes', () => {
    expect(linesOf([wrong])[0]!.mark).toBe('✘')
    const unsteady = table([row(80, 80, OPEN, { kind: 'unsteady' }, 'unknown')], path)
    expect(linesOf([unsteady])[0]).toMatchObject({ open: '–', mark: '?' })
  })
})

test.each([
  ['tcp', [{ from: 0, to: 65535 }], ['tcp']],
  [
    'tcp',
    [
      { from: 0, to: 24 },
      { from: 26, to: 65535 },
    ],
    ['tcp but 25'],
  ],
  ['icmp', [{ from: 8, to: 8 }], ['icmp/echo-request']],
  ['ip', [{ from: 6, to: 6 }], []],
  ['ip', [{ from: 47, to: 47 }], ['ip/gre']],
  ['ip', [{ from: 16, to: 18 }], ['ip/16', 'ip/18']],
] as const)('%s %j: %j', (protocol, ranges, words) => {
  expect(trafficWords(protocol, 4, ranges)).toEqual(words)
})

describe('a rule that causes several failures', () => {
  const many = scenario([table([WRONG]), { ...table([WRONG]), from: 'other' }], {
    status: 'mismatch',
  })

  test('is named once in the summary, with their number', () => {
    const text = renderSummary(result([many]), PLAIN)
    expect(text.match(/tcp dport \{ 80, 443 \} accept/g)).toHaveLength(1)
    expect(text.match(/expected blocked/g)).toHaveLength(1)
    expect(text).toContain('\n   and 1 more range by this rule\n')
  })

  test('is not repeated below the tables of a quiet run', () => {
    const quiet = renderScenarioQuietly(many, PLAIN)
    expect(quiet.match(/│ 443/g)).toHaveLength(2)
    expect(quiet).not.toContain('⇒ accept')
    expect(renderScenario(many, PLAIN).match(/⇒ accept/g)).toHaveLength(2)
  })

  test('failures without a known rule keep their evidence', () => {
    const unknown = { ...WRONG, evidence: { ...WRONG.evidence!, trace: [] } }
    const unplaced = scenario([table([unknown]), { ...table([unknown]), from: 'other' }])
    expect(renderScenarioQuietly(unplaced, PLAIN)).toContain('no rule appears in the trace')
    expect(renderSummary(result([unplaced]), PLAIN).match(/expected blocked/g)).toHaveLength(2)
  })
})

describe('a given firewall', () => {
  test('has the deciding rule with its position in every report', () => {
    const words = ', by tcp dport { 80, 443 } accept (office.nft:15)'
    expect(ruleWords(WRONG)).toBe(words)
    const all = result([verified])
    expect(renderSummary(all, PLAIN)).toContain(
      `443 expected blocked, observed OPEN\n   ${words.slice(2)}`,
    )
    expect(renderScenario(verified, PLAIN)).toContain('⇒ accept (office.nft:15)')
    expect(renderMarkdown(all)).toContain('(office.nft:15)')
    expect(renderJunit(all)).toContain('decided by tcp dport { 80, 443 } accept (office.nft:15)')
  })

  test('has the same mismatch from another address once, with a count', () => {
    const notes = ['a']
    expect(distinctTables({ tables: [wrong, again], notes })).toEqual([wrong])
    expect(distinctTables({ tables: [wrong, again] })).toEqual([wrong, again])
    const fromPort = { ...wrong, sourcePort: 53 }
    expect(distinctTables({ tables: [wrong, fromPort] })).toEqual([wrong])
    expect(distinctTables({ tables: [fromPort] })).toEqual([fromPort])
    const lossy = { ...fromPort, losses: { 'shop: frames': 1 } }
    expect(distinctTables({ tables: [wrong, lossy] })).toEqual([wrong, lossy])
    const other = { ...again, rows: [row(22, 22, BLOCKED, { kind: 'open' }, 'mismatch')] }
    expect(distinctTables({ tables: [wrong, other], notes })).toEqual([wrong, other])
    expect(renderScenario(verified, PLAIN)).toContain('other addresses of these endpoints: 1 sweep')
    expect(renderSummary(result([verified], { status: 'mismatch' }), PLAIN)).toContain(
      '1 port failed in',
    )
  })

  test('has a result that fits the schema', () => {
    const boundaries = { ...right, boundariesOf: [{ from: 0, to: 100 }] }
    expect(
      resultSchema.safeParse(result([scenario([boundaries, wrong], { notes: ['a'] })])).error,
    ).toBeUndefined()
  })
})

test('a policy is shown as a matrix with its warnings', () => {
  const warning = {
    at: { file: 'o.yaml', line: 3, column: 1 },
    message: 'zone "x" is in no statement',
  }
  const text = renderZonePolicy(officeWith(), [warning], PLAIN)
  expect(text).toMatchInlineSnapshot(`
    "Office network (office)
    office.yaml

    web is 192.0.2.80 and 2001:db8:2::80 in dmz
    admin is 10.20.1.5 in lan

    ┌──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬──────────┐
    │ from \\   │ wan      │ lan      │ admin    │ dmz      │ web      │ firewall │
    │ to       │          │          │          │          │          │          │
    ├──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┤
    │ wan      │          │ –        │ –        │ –        │ tcp/80   │ –        │
    │ lan      │ [a]      │          │          │ –        │ tcp/80   │ –        │
    │          │ udp      │          │          │          │          │          │
    │          │ [b]      │          │          │          │          │          │
    │          │ [c]      │          │          │          │          │          │
    │ admin    │ [a]      │          │          │ –        │ tcp/22   │ –        │
    │          │ udp      │          │          │          │ tcp/80   │          │
    │          │ [b]      │          │          │          │          │          │
    │          │ [c]      │          │          │          │          │          │
    │ dmz      │ –        │ –        │ –        │          │          │ –        │
    │ web      │ –        │ –        │ –        │          │          │ –        │
    │ firewall │ –        │ –        │ –        │ –        │ –        │          │
    └──────────┴──────────┴──────────┴──────────┴──────────┴──────────┴──────────┘
    [a] tcp but 25
    [b] icmp/echo-request
    [c] reject tcp/25

    –, and everything else: otherwise drop (office.yaml:7)

    warning: o.yaml:3:1: zone "x" is in no statement"
  `)
})
