import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { PortSet } from '../net/port-set.ts'
import { clause, policyOf, section, writtenPolicies } from '../policy/egress/fixtures.ts'
import { lowerEgress } from '../policy/egress/lower.ts'
import { formerEgress } from '../policy/former-egress-fixtures.ts'
import { grantsOf, isLive, openAnyway } from './grants.ts'
import type { Decision, Request } from './request.ts'

const approved = (on: string, until?: string): Decision => ({
  status: 'approved',
  by: 'support',
  on,
  reason: 'because',
  ...(until === undefined ? {} : { until }),
})

function request(id: string, more: Partial<Request> = {}): Request {
  const at = { file: `${id}.yaml`, line: 1, column: 1 }
  return {
    id,
    project: 'shop',
    organization: 'acme',
    useCase: 'A use case',
    tcp: PortSet.parse('587'),
    udp: PortSet.empty,
    destinations: [],
    requested: '2026-01-01',
    decision: approved('2026-01-10', '2026-06-14'),
    at,
    places: { id: at, project: at, organization: at, ports: at, decision: at },
    ...more,
  }
}

const GRANTING = {
  policy: policyOf(),
  organizations: new Map([
    ['shop', 'acme'],
    ['blog', 'acme'],
    ['lone', undefined],
  ]),
  at: '2026-06-15',
}

test.each([
  ['2026-01-09', false],
  ['2026-01-10', true],
  ['2026-06-14', true],
  ['2026-06-15', false],
])('an approval from the 10th of January to the 14th of June, on %s: %s', (at, live) => {
  expect(isLive(request('a'), at)).toBe(live)
  expect(grantsOf([request('a')], { ...GRANTING, at }).grants).toHaveLength(live ? 1 : 0)
})

test.each<[string, Decision]>([
  ['pending', { status: 'pending' }],
  ['rejected', { status: 'rejected', by: 'x', on: '2026-01-01', reason: 'no' }],
])('a %s request is never a grant', (_, decision) => {
  expect(isLive(request('a', { decision }), '2026-06-15')).toBe(false)
})

describe('a report', () => {
  const always = approved('2026-01-10')
  const told = (...requests: Request[]) => {
    const { problems, warnings } = grantsOf(requests, GRANTING)
    return { problems: problems.map(problemText), warnings: warnings.map(problemText) }
  }

  test('of an expired grant, with its name', () => {
    expect(told(request('a')).warnings).toEqual([
      'a.yaml:1:1: grant "a" of project "shop" expired on 2026-06-14: it opens nothing',
    ])
  })

  test('of overlapping grants, but not for other projects, ports or destinations', () => {
    const network = (third: number) => [
      { family: 4 as const, address: `10.0.${third}.0`, prefixLength: 24 },
    ]
    const a = request('a', { decision: always, destinations: network(1) })
    expect(told(a, request('b', { decision: always })).warnings).toEqual([
      'b.yaml:1:1: request "b" overlaps "a" (a.yaml:1) in tcp 587',
    ])
    for (const other of [
      { project: 'blog' },
      { tcp: PortSet.parse('588') },
      { destinations: network(2) },
      { decision: { status: 'pending' } as const },
    ])
      expect(told(a, request('b', { decision: always, ...other })).warnings).toEqual([])
  })

  test('of ports already open', () => {
    const { warnings } = told(
      request('a', { decision: always, tcp: PortSet.parse('22,587,2000-3000') }),
    )
    expect(warnings).toEqual([
      'a.yaml:1:1: request "a": tcp 22,2000-3000 is already open to every project',
    ])
  })

  test.each([
    [
      'of an unknown project',
      { project: 'shep' },
      'project "shep" is unknown — did you mean "shop"?',
    ],
    [
      'of a project in another organization',
      { organization: 'globex' },
      'organization "globex": project "shop" belongs to "acme"',
    ],
    [
      'of a project without a known organization',
      { project: 'lone' },
      'organization "acme": project "lone" has no organization: add it to the file of the project',
    ],
  ])('%s', (_, more, message) => {
    expect(told(request('a', { decision: always, ...more })).problems).toEqual([
      `a.yaml:1:1: ${message}`,
    ])
  })

  test('of a repeated id', () => {
    const twice = told(request('a', { decision: always }), {
      ...request('b', { decision: always, project: 'blog' }),
      id: 'a',
    })
    expect(twice.problems).toEqual(['b.yaml:1:1: request "a" is already defined in a.yaml:1'])
  })
})

test('ports already open are those that the policy opens without grants', () => {
  fc.assert(
    fc.property(
      writtenPolicies,
      fc.constantFrom('tcp' as const, 'udp' as const),
      (policy, protocol) => {
        const question = { direction: 'outbound', spoofed: false, family: 4, protocol } as const
        const open = formerEgress(policy, question).filter(({ value }) => value.verdict === 'open')
        expect(openAnyway(lowerEgress(policy), protocol, 'shop').toString()).toBe(
          PortSet.of(...open).toString(),
        )
      },
    ),
  )
})

test('of a port that the policy denies, which stays closed', () => {
  const policy = policyOf({
    tcp: section([clause('allow', '22')], [clause('deny', '0-1024')], 'allow', {
      deny: [clause('deny', '580-590', { line: 7 })],
    }),
  })
  const { warnings } = grantsOf([request('a', { tcp: PortSet.parse('587,593') })], {
    ...GRANTING,
    policy,
    at: '2026-02-01',
  })
  expect(warnings.map(({ message }) => message)).toEqual([
    'request "a": tcp 587 is denied in policies/test.yaml:7: no grant opens it',
  ])
  expect(openAnyway(policy, 'tcp', 'shop')).toEqual(PortSet.parse('22,1025-65535'))
})
