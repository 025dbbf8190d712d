import { describe, expect, test } from 'vitest'
import type { Zone } from '../lab/zone.ts'
import { PortSet } from '../net/port-set.ts'
import { clause, policyOf, section } from '../policy/egress/fixtures.ts'
import { PLAIN } from '../quote/style.ts'
import { requestOf } from '../request/fixtures.ts'
import { type Context, review } from '../request/review.ts'
import type { Review } from '../request/reviewed.ts'
import { parseServices } from '../request/services.ts'
import { listRequests } from '../request/state.ts'
import type { Measured, MeasuredRow } from '../result/measured.ts'
import { renderRequests } from './request-list.ts'
import { renderReviewMarkdown } from './request-markdown.ts'
import { renderReview } from './request-terminal.ts'

const SHOP: Zone = {
  name: 'shop',
  kind: 'project',
  organization: 'acme',
  link: 'shop0',
  addresses: [{ family: 4, address: '10.20.1.10', prefixLength: 24 }],
}

const CONTEXT: Context = {
  policy: policyOf({
    tcp: section([clause('allow', '443')], [], 'deny'),
    udp: section([], [], 'deny'),
  }),
  platform: 'platform.yaml',
  zones: [SHOP],
  organizations: new Map([['shop', 'acme']]),
  others: [],
  warnings: [],
  at: '2026-06-15',
  naming: { named: true, source: '/etc/services' },
  services: parseServices('smtp 25/tcp'),
}

const NOT: Measured = { verdict: 'not measured', wanted: false, reason: '--no-measure was given' }

function pageOf(more = {}, context: Partial<Context> = {}, measured: Measured = NOT): Review {
  return review(requestOf(more), { ...CONTEXT, ...context }, measured)
}

const LISTING = { at: CONTEXT.at, platform: 'platform.yaml', style: PLAIN } as const

const flat = (text: string): string => text.replaceAll(/[\s│]+/g, ' ')

describe('both reports', () => {
  const both = (page: Review): string[] => [renderReview(page, PLAIN), renderReviewMarkdown(page)]

  test('say that services are unknown, and why', () => {
    const naming = { named: false, reason: 'this machine has no /etc/services' } as const
    const { services: _, ...without } = CONTEXT
    for (const text of both(review(requestOf(), { ...without, naming }, NOT)))
      expect(flat(text)).toContain('Service names are missing: this machine has no /etc/services.')
  })

  test('count opened ports by family and destination, without ports already open', () => {
    const more = { ports: '{ tcp: [25, 443], udp: 51820 }', destinations: '[198.51.100.0/24]' }
    for (const text of both(pageOf(more)))
      expect(flat(text)).toContain(
        '1 TCP port and 1 UDP port become reachable over IPv4, at addresses in 198.51.100.0/24 only.',
      )
  })

  test('say that nothing opens when no address of the project can reach the destination', () => {
    const page = pageOf({ destinations: '["2001:db8::/32"]' })
    expect(page.findings).toMatchObject([{ kind: 'no-effect' }])
    for (const text of both(page)) expect(flat(text)).toContain('No port becomes reachable.')
  })

  test('say what stays open after another grant expires, with its risks', () => {
    const decision =
      '{ status: approved, by: ops, on: 2026-06-01, reason: a trial, until: 2026-06-20 }'
    const other = requestOf({ request: 'trial', decision }, 'trial.yaml')
    const page = pageOf({}, { others: [other] })
    expect(page.risks).toMatchObject([{ kind: 'spam' }])
    for (const text of both(page)) {
      const words =
        'No port becomes reachable that is unreachable today. Request "trial" opens these ports until 2026-06-20; this request keeps them open after that: tcp 25.'
      expect(flat(text)).toContain(words)
      expect(flat(text)).not.toContain('Leave out TCP 25: open already')
    }
  })

  test('do not count a later approval as open', () => {
    const decision = '{ status: approved, by: ops, on: 2026-07-01, reason: from July on }'
    const page = pageOf({}, { others: [requestOf({ request: 'july', decision }, 'july.yaml')] })
    for (const text of both(page)) expect(flat(text)).toContain('1 TCP port becomes reachable')
  })

  test('say that nothing opens towards the network of another project', () => {
    const blog = { ...SHOP, name: 'blog', link: 'blog0' }
    const zones = [SHOP, { ...blog, addresses: [{ ...SHOP.addresses[0]!, address: '10.20.2.10' }] }]
    const page = pageOf({ destinations: '[10.20.2.64/26]' }, { zones })
    expect(page.findings).toMatchObject([
      { kind: 'no-effect', message: expect.stringMatching(/blog/) },
    ])
    for (const text of both(page)) expect(flat(text)).toContain('No port becomes reachable.')
    expect(pageOf({ destinations: '[10.0.0.0/8]' }, { zones }).findings).toEqual([])
  })

  test('treat a destination of all addresses as no restriction', () => {
    const page = pageOf({ destinations: '[0.0.0.0/0]' })
    expect(page.findings).toMatchObject([{ kind: 'vague' }])
    expect(page.alternatives.map(({ id }) => id)).toContain('destinations')
    for (const text of both(page)) expect(flat(text)).toContain('at every address (0.0.0.0/0).')
  })

  test('list a few amplifiers one by one, and many together', () => {
    const many = pageOf({ ports: '{ udp: [19, 53, 123, 161] }' })
    expect(many.risks).toHaveLength(4)
    for (const text of both(many)) {
      for (const name of ['CharGEN', 'DNS', 'NTP', 'SNMP']) expect(text).toContain(name)
      expect(text.match(/Amplification:/g)).toHaveLength(1)
      expect(text.match(/TA14-017A/g)).toHaveLength(1)
    }
    for (const text of both(pageOf({ ports: '{ udp: [19, 53] }' })))
      expect(text.match(/TA14-017A/g)).toHaveLength(2)
  })

  test('show first what differs', () => {
    const measured: Measured = {
      verdict: 'different',
      rows: [rowOf({ opened: PortSet.parse('25-26'), verdict: 'different' }), rowOf({})],
      problems: [],
      standIns: [{ given: '8.8.8.0/24', used: '198.51.100.0/24' }],
      left: 0,
      beyond: [],
      controls: 4,
      probes: 1000,
      projects: { compiled: 2, all: 500 },
      totalMs: 1234,
    }
    for (const text of both(pageOf({}, {}, measured))) {
      expect(flat(text)).toMatch(/DIFFERENT: .* 1,000 probes and 4 controls in 1\.23 s/)
      expect(flat(text)).toMatch(/opened 25 .*opened 25–26/)
      expect(flat(text)).toContain('8.8.8.0/24 is a real network or overlaps a network of the lab')
      expect(flat(text)).toContain('the rulesets cover 2 projects of 500')
      expect(flat(text)).toContain('no other project was probed')
    }
  })
})

function rowOf(more: Partial<MeasuredRow>): MeasuredRow {
  return {
    from: 'shop',
    family: 6,
    protocol: 'tcp',
    target: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    where: 'anywhere',
    numbers: 65536,
    opened: PortSet.of(25),
    closed: PortSet.empty,
    altered: PortSet.empty,
    unsure: PortSet.empty,
    expected: PortSet.of(25),
    verdict: 'exact',
    extent: 'all',
    evidence: [],
    ...more,
  }
}

describe('the longest allowed names', () => {
  const id = 'a'.repeat(64)
  const project = 'p'.repeat(32)

  test('are not cut in the list of 80 columns', () => {
    const more = { request: id, project, destinations: '[198.51.100.0/24]' }
    const text = renderRequests(listRequests([requestOf(more)], CONTEXT.at), LISTING)
    expect(flat(text)).toMatch(/tcp 25 to 1 .*prefix/)
    expect(text).not.toContain('…')
    expect(text.match(/a/g)!.length).toBeGreaterThanOrEqual(64)
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('are not cut in the table of measurements', () => {
    const measured: Measured = {
      verdict: 'exact',
      rows: [rowOf({ from: project })],
      problems: [],
      standIns: [],
      left: 0,
      beyond: [],
      controls: 4,
      probes: 1000,
      projects: { compiled: 2, all: 2 },
      totalMs: 1,
    }
    const text = renderReview(pageOf({}, {}, measured), PLAIN)
    expect(text).not.toContain('…')
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })
})

test('text from files cannot act on the terminal or the page', () => {
  const page = pageOf({ useCase: '"\\e[31mred\\e[0m and <b>bold</b> | pipes in the use case"' })
  expect(renderReview(page, PLAIN)).not.toContain('\u001b')
  expect(renderReviewMarkdown(page)).toContain('\\<b\\>bold')
})

test('a list is one table, however long', () => {
  const many = Array.from({ length: 401 }, (_, i) => requestOf({ request: `r${i}` }))
  const lines = renderRequests(listRequests(many, CONTEXT.at), LISTING).split('\n')
  expect(lines.filter((line) => /[┌└├]/.test(line))).toHaveLength(3)
  expect(lines.filter((line) => /│ r\d+ /.test(line))).toHaveLength(401)
  expect(lines.at(-2)).toMatch(/^ 401 requests on 2026-06-15/)
  expect(lines.at(-1)).toBe(' platform: platform.yaml')
})
