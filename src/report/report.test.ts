import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { COLOURED, PLAIN } from '../quote/style.ts'
import { resultSchema } from '../result/result-schema.ts'
import { BLOCKED, OPEN, result, row, scenario, table, WRONG } from './fixtures.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderScenario, renderScenarioQuietly } from './terminal.ts'
import { renderSummary } from './terminal-summary.ts'

const GOOD = table([
  row(0, 21, BLOCKED, { kind: 'dropped' }),
  row(22, 22, OPEN, { kind: 'open' }),
  row(1025, 65535, OPEN, { kind: 'open' }),
])
const wrongScenario = scenario([table([row(0, 24, BLOCKED, { kind: 'dropped' }), WRONG])], {
  status: 'mismatch',
})
const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => [...line].length))

describe('a table', () => {
  test('is drawn with both ends of the path', () => {
    expect(renderScenario(scenario([GOOD]), PLAIN)).toMatchInlineSnapshot(`
      " default-egress · shop → internet · IPv4 · TCP           64,534 probed in 0.71 s
      ┌────────────┬──────────┬──────────┬────────┬───┬──────────────────────────────┐
      │ ports      │ expected │ observed │ probes │   │ policy                       │
      ├────────────┼──────────┼──────────┼────────┼───┼──────────────────────────────┤
      │ 0–21       │ blocked  │ dropped  │     22 │ ✔ │ deny tcp 1–1024              │
      │ 22         │ open     │ open     │      1 │ ✔ │ allow SSH                    │
      │ 1025–65535 │ open     │ open     │ 64,511 │ ✔ │ allow SSH                    │
      └────────────┴──────────┴──────────┴────────┴───┴──────────────────────────────┘"
    `)
  })

  test('shows a mismatch with both ends, the rule and a replay command', () => {
    const text = renderScenario(wrongScenario, PLAIN)
    expect(text).toMatch(/│ 25 +│ blocked +│ OPEN +│ +1 │ ✘ │/)
    expect(text).toContain('attempt 1: target saw the probe, sender got the answer')
    expect(text).toContain('t c: tcp dport 25 accept ⇒ accept')
    expect(text).toContain('replay: nftproof run default-egress --ports 25')
  })

  test.each([
    [
      'rejected',
      { kind: 'rejected', by: { kind: 'icmp', type: 3, code: 13, from: '10.0.0.1' } },
      /REJECTED \(icmp 3\/13\)/,
    ],
    [
      'translated',
      { kind: 'translated', change: 'port 25 → 8025', way: 'open' },
      /TRANSLATED: port 25 → 8025/,
    ],
    ['unsteady', { kind: 'unsteady' }, /UNSTEADY/],
    ['inconclusive', { kind: 'inconclusive', reason: 'not probed' }, /INCONCLUSIVE: not probed/],
  ] as const)('%s', (_, observed, words) => {
    const text = renderScenario(
      scenario([table([row(25, 25, BLOCKED, observed, 'mismatch')])]),
      PLAIN,
    )
    expect(text.replaceAll(/[│\s]+/g, ' ')).toMatch(words)
    expect(widest(text)).toBeLessThanOrEqual(80)
  })

  test('of 32,768 rows is cut, with wrong rows first and the count of the rest', () => {
    const rows = Array.from({ length: 32768 }, (_, i) =>
      i === 32767
        ? row(i * 2, i * 2, BLOCKED, { kind: 'open' }, 'mismatch')
        : row(i * 2, i * 2, BLOCKED, { kind: 'dropped' }),
    )
    const text = renderScenario(scenario([table(rows)]), PLAIN)
    expect(text.split('\n').length).toBeLessThan(100)
    expect(text).toContain('65534')
    expect(text).toContain('… and 32,728 more rows')
  })

  test('text from files cannot act on the terminal', () => {
    const evil = { ...BLOCKED, clause: { ...BLOCKED.clause, label: '\u001b[2Jgone\u202e\u0007' } }
    const text = renderScenario(
      scenario([table([row(1, 1, evil, { kind: 'dropped' })])], { id: 'a\u001b[31m' }),
      PLAIN,
    )
    for (const c of ['\u001b', '\u0007', '\u202e']) expect(text).not.toContain(c)
  })

  test('has colours only on request', () => {
    expect(renderScenario(wrongScenario, COLOURED)).toContain('\u001b[31m')
    expect(renderScenario(wrongScenario, PLAIN)).not.toContain('\u001b')
  })
})

describe('with --quiet', () => {
  test('conforming paths are left out', () => {
    expect(renderScenarioQuietly(scenario([GOOD]), PLAIN)).toBe('')
  })

  test('only mismatches are shown', () => {
    const text = renderScenarioQuietly(wrongScenario, PLAIN)
    expect(text).toContain('│ 25')
    expect(text).not.toContain('│ 0–24')
  })
})

describe('the summary', () => {
  test('is one line when everything conforms', () => {
    expect(renderSummary(result([scenario([GOOD])]), PLAIN)).toBe(
      '✔ 1 scenario conforms: 64,534 ports probed in 1.00 s',
    )
  })

  test('lists handshakes, established flows and source ports within 80 columns', () => {
    const subject = { from: 'shop', to: 'internet', family: 4, protocol: 'tcp' } as const
    const port = { from: 443, to: 443, verdict: 'mismatch', replay: 'nftproof run x' } as const
    const parts = scenario([GOOD], {
      status: 'mismatch',
      handshakes: [
        {
          ...subject,
          count: 1,
          rows: [{ ...port, expected: 'completes', observed: 'no data at the target' }],
        },
      ],
      flows: [
        {
          ...subject,
          after: 'revocation',
          count: 1,
          rows: [{ ...port, expected: 'neither way', observed: 'only back' }],
        },
      ],
      sourcePorts: [
        { ...subject, ports: [], towards: [], probes: 1, exceptions: [{ from: 53, to: 53 }] },
      ],
    })
    const all = result([parts], { status: 'mismatch' })
    const text = renderSummary(all, PLAIN)
    expect(text).toMatch(
      /✘ .* · handshake 443 must complete; no data at the target\n {3}nftproof run x/,
    )
    expect(text).toMatch(
      /revoked · established flow 443 expected neither way; only back\n {3}nftproof/,
    )
    expect(text).toMatch(/\? .* · other outcome with source port 53/)
    for (const line of text.split('\n').slice(-2)) expect(line.length).toBeLessThanOrEqual(80)
    const junit = renderJunit(all)
    expect(junit).toMatch(
      /· handshakes"[\s\S]*443: expected completes[\s\S]*replay: nftproof run x/,
    )
    expect(junit).toMatch(/· source ports"[^>]*>\s*<error message="from source port 53:/)
    expect(renderMarkdown(all)).toMatch(/only back \| `nftproof run x`/)
    expect(renderMarkdown(all)).toMatch(/from source port 53/)
  })

  test('lists mismatches first, each with its replay command', () => {
    const unknown = row(80, 80, OPEN, { kind: 'unsteady' }, 'unknown')
    const both = scenario([table([unknown, WRONG])], { status: 'mismatch' })
    const lines = renderSummary(result([both], { status: 'mismatch' }), PLAIN).split('\n')
    expect(lines[0]).toMatch(/^ ✘ default-egress · .* · 25 expected blocked, observed OPEN$/)
    expect(lines[1]).toBe('   nftproof run default-egress --ports 25')
    expect(lines[2]).toMatch(/^ \? .* 80 expected open, observed UNSTEADY$/)
    expect(lines.at(-1)).toMatch(/^✘ 1 port failed in 1 of 1 scenarios:/)
  })

  test('never says that a run with unknown results conforms', () => {
    const doubtful = scenario([], { status: 'unknown', problems: ['a control failed'] })
    expect(renderSummary(result([doubtful], { status: 'unknown' }), PLAIN)).toMatch(
      /^\? not proved/,
    )
  })

  test('says that a run was interrupted', () => {
    const text = renderSummary(
      result([scenario([GOOD], { status: 'unknown' })], { status: 'unknown', interrupted: true }),
      PLAIN,
    )
    expect(text).toMatch(/interrupted/)
  })
})

describe('JUnit', () => {
  const parse = (xml: string) =>
    new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml)

  test('has a case for each line of the policy: a failure where a port is wrong, an error where one is unknown', () => {
    const rows = [
      row(0, 24, BLOCKED, { kind: 'dropped' }),
      WRONG,
      row(80, 80, OPEN, { kind: 'unsteady' }, 'unknown'),
    ]
    const { testsuites } = parse(renderJunit(result([scenario([table(rows)])])))
    expect(testsuites).toMatchObject({ tests: '3', failures: '1', errors: '1' })
    expect(testsuites.testsuite.testcase[0].failure.message).toBe(
      '25: expected blocked, observed OPEN',
    )
  })

  test('is not green when the only problem has no row', () => {
    const { testsuites } = parse(
      renderJunit(result([scenario([], { problems: ['a control failed'] })])),
    )
    expect(testsuites).toMatchObject({ tests: '1', errors: '1' })
  })

  test('is valid with any characters in a name', () => {
    const evil = scenario([GOOD], { id: 'a<b>&"\u0000\u001b]]>', problems: ['<x>&\ud800'] })
    const { testsuites } = parse(renderJunit(result([evil])))
    expect(testsuites.testsuite.name).toContain('a<b>&"')
  })
})

describe('Markdown', () => {
  test('lists mismatches and escapes characters that would break the table', () => {
    const text = renderMarkdown(
      result([{ ...wrongScenario, title: 'a | b `c` <d>' }], { status: 'mismatch' }),
    )
    expect(text).toContain('a \\| b \\`c\\` \\<d\\>')
    expect(text).toMatch(
      /\| ✘ \| default-egress \| .* \| 25 \| blocked \| OPEN \| `nftproof run default-egress --ports 25` \|/,
    )
  })

  test('says which project represents which others', () => {
    const of = (role: 'representative' | 'member') =>
      ({ class: 2, members: 8, representative: 'shop', role }) as const
    const tables = [
      { ...GOOD, coverage: of('representative') },
      { ...table([WRONG]), numbers: 12, coverage: of('member') },
    ]
    expect(renderMarkdown(result([scenario(tables)]))).toContain(
      '- ✘ default-egress, class 2: shop in full, 7 others on boundaries and granted ports (12)',
    )
  })

  test('stays below a megabyte', () => {
    const rows = Array.from({ length: 20000 }, (_, i) =>
      row(i * 2, i * 2, BLOCKED, { kind: 'open' }, 'mismatch'),
    )
    expect(renderMarkdown(result([scenario([table(rows)])])).length).toBeLessThan(1 << 20)
  })
})

test('results of every kind fit the published schema', () => {
  const kinds = [
    row(1, 1, OPEN, { kind: 'one-way' }, 'mismatch'),
    row(2, 2, BLOCKED, { kind: 'rejected', by: { kind: 'reset', from: '10.0.0.1' } }, 'mismatch'),
    row(3, 3, OPEN, { kind: 'translated', change: 'x', way: 'one-way' }, 'mismatch'),
    row(4, 4, OPEN, { kind: 'inconclusive', reason: 'x' }, 'unknown'),
    WRONG,
  ]
  expect(resultSchema.safeParse(result([scenario([table(kinds)])])).success).toBe(true)
  expect(resultSchema.safeParse({ ...result([]), extra: 1 }).success).toBe(false)
})
