import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { readRequest, readRequestLines } from './read.ts'

const GOOD = `# Why this is asked.
request: shop-smtp
project: shop
organization: acme
useCase: Order confirmations go to our mail provider, some 2,000 a day
ports: { tcp: [465, 587], udp: "5000-5010" }
destinations: [198.51.100.0/24, "2001:db8:25::/48", 192.0.2.7]
requested: 2026-01-12
decision:
  status: approved
  by: platform support
  on: 2026-01-14
  reason: A login is needed there
  until: 2026-12-31
`

function read(yaml: string) {
  return readRequest(yaml, 'r.yaml')
}

function problems(from: string, to: string): string {
  const yaml = GOOD.replace(from, to)
  if (yaml === GOOD) throw new Error(`nothing to change: ${from}`)
  const reading = read(yaml)
  return reading.ok ? '' : reading.problems.map(problemText).join('\n')
}

test('a request has all its values', () => {
  const reading = read(GOOD)
  expect(reading).toMatchObject({ ok: true, warnings: [] })
  if (!reading.ok) return
  const { tcp, udp, destinations, decision, at, places } = reading.value
  expect([tcp, udp].map(String)).toEqual(['465,587', '5000-5010'])
  expect(destinations.map((d) => `${d.address}/${d.prefixLength}`)).toEqual([
    '198.51.100.0/24',
    '2001:db8:25::/48',
    '192.0.2.7/32',
  ])
  expect(decision).toEqual({
    status: 'approved',
    by: 'platform support',
    on: '2026-01-14',
    reason: 'A login is needed there',
    until: '2026-12-31',
  })
  expect(at.line).toBe(2)
  expect(places.organization).toMatchObject({ line: 4, column: 15 })
})

test('a request without a decision is pending', () => {
  const reading = read(GOOD.replace(/decision:[\s\S]*/, ''))
  expect(reading).toMatchObject({ ok: true, value: { decision: { status: 'pending' } } })
})

describe('a request is refused', () => {
  test.each<[string, string, string, RegExp]>([
    ['no use case', 'useCase: Order', 'usecase: Order', /unknown key "usecase" — did you mean/],
    ['no project', 'project: shop\n', '', /project is missing/],
    ['no organization', 'organization: acme\n', '', /organization is missing/],
    [
      'no ports',
      'ports: { tcp: [465, 587], udp: "5000-5010" }',
      'ports: {}',
      /must name tcp or udp/,
    ],
    ['a port too high', '587', '70000', /^r\.yaml:6:21: tcp "70000": 70000 is above 65535$/],
    [
      'ports without a protocol',
      '{ tcp: [465, 587], udp: "5000-5010" }',
      '587',
      /^r\.yaml:6:8: ports 587: must name protocols and their ports, like \{ tcp: 587 \}/,
    ],
    ['another protocol', 'udp:', 'sctp:', /unknown key "sctp" in ports/],
    [
      'an invalid date',
      '2026-01-12',
      '2026-02-30',
      /^r\.yaml:8:12: requested "2026-02-30": must be a day/,
    ],
    ['a day in words', '2026-01-12', 'yesterday', /must be a day like 2026-06-15/],
    ['an unknown status', 'approved', 'granted', /must be pending, approved or rejected/],
    [
      'a decision without a name',
      '  by: platform support\n',
      '',
      /by is missing: a request that is approved/,
    ],
    ['no reason', '  reason: A login is needed there\n', '', /reason is missing/],
    [
      'an expiry before the decision',
      'until: 2026-12-31',
      'until: 2026-01-13',
      /^r\.yaml:14:10: until "2026-01-13" is before the day of the decision, 2026-01-14$/,
    ],
    [
      'an expiry of a rejection',
      'approved',
      'rejected',
      /until must be absent: the request is rejected/,
    ],
    ['a pending decision with a name', 'approved', 'pending', /by must be absent while .* pending/],
    [
      'host bits in a prefix',
      '198.51.100.0/24',
      '198.51.100.7/24',
      /has host bits after the prefix: write 198\.51\.100\.0\/24/,
    ],
    ['a prefix too long', '198.51.100.0/24', '198.51.100.0/33', /must be 0 to 32/],
    [
      'a name for a destination',
      '192.0.2.7',
      'smtp.example.net',
      /^r\.yaml:7:\d+: destination "smtp/,
    ],
    ['destinations that overlap', '192.0.2.7', '198.51.100.7', /overlaps 198\.51\.100\.0\/24/],
    ['an invalid id', 'shop-smtp', 'Shop SMTP', /lower-case letters, digits and hyphens/],
    ['an organization with a quote', 'acme', "'a\"b'", /letters, digits, "\.", "_" and "-"/],
  ])('%s', (_, from, to, message) => {
    expect(problems(from, to)).toMatch(message)
  })

  test('a use case of two words is a warning', () => {
    const reading = read(GOOD.replace(/useCase: .*/, 'useCase: send mail'))
    expect(reading.ok && reading.warnings.map(problemText)).toEqual([
      'r.yaml:5:10: useCase "send mail": 2 words: explain in at least 6 words',
    ])
  })
})

describe('JSON lines', () => {
  const line = (id: string, more: object = {}): string =>
    JSON.stringify({
      request: id,
      project: 'shop',
      organization: 'acme',
      useCase: 'A use case with more than a few words in it',
      ports: { tcp: 25 },
      requested: '2026-01-01',
      ...more,
    })

  test('hold one request each, in order; empty lines are skipped', () => {
    const reading = readRequestLines(`${line('a')}\n\n${line('b')}\n`, 'r.jsonl')
    expect(reading.ok && reading.value.map(({ id, at }) => [id, at.line])).toEqual([
      ['a', 1],
      ['b', 3],
    ])
  })

  test('with errors are all reported with their line', () => {
    const text = [line('a', { ports: { tcp: -1 } }), '{', line('c', { project: 7 })].join('\n')
    const reading = readRequestLines(text, 'r.jsonl')
    expect(!reading.ok && reading.problems.map(problemText)).toEqual([
      expect.stringMatching(/^r\.jsonl:1:1: tcp "-1": -1 is below 0/),
      expect.stringMatching(/^r\.jsonl:2:2: not JSON: /),
      expect.stringMatching(/^r\.jsonl:3:1: project 7: must be text/),
    ])
  })
})
