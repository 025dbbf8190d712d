import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAMILIES, lastNumber, PROTOCOLS } from '../net/protocol.ts'
import { valueAt } from '../net/range-map.ts'
import { grant, manyGrants } from '../ruleset/fixtures.ts'
import { decide, type Question } from './decide.ts'
import { clause, policyOf, section, writtenPolicies } from './egress/fixtures.ts'
import { lowerEgress } from './egress/lower.ts'
import type { Section } from './egress/policy.ts'
import type { Policy } from './policy.ts'
import { INBOUND, OUTBOUND } from './statements.ts'

const ask = (part: Partial<Question>): Question => ({
  ...OUTBOUND,
  family: 4,
  protocol: 'tcp',
  ...part,
})

/** The definition, number by number. */
function naive(
  { deny, allow, denyByDefault, otherwise, blocked }: Section,
  n: number,
  family: 4 | 6,
): string {
  const covers = (c: (typeof allow)[number]): boolean =>
    (c.family === undefined || c.family === family) && c.numbers.has(n)
  const byDefault = !denyByDefault.some(covers) && otherwise.treatment === 'allow'
  const open = !deny.some(covers) && (allow.some(covers) || byDefault)
  return open ? 'open' : `blocked ${blocked}`
}

function verdictAt(policy: Policy, question: Question, n: number): string {
  const value = valueAt(decide(policy, question), n)
  if (!value) return 'nothing'
  return value.verdict === 'open' ? 'open' : `blocked ${value.by}`
}

test('deny beats allow, allow beats default denials, and these beat otherwise, for every port of random policies', () => {
  fc.assert(
    fc.property(
      writtenPolicies,
      fc.constantFrom(...FAMILIES),
      fc.constantFrom('tcp', 'udp', 'icmp'),
      (policy, family, name) => {
        const protocol = name as 'tcp' | 'udp' | 'icmp'
        const spans = decide(lowerEgress(policy), ask({ family, protocol }))
        const edges = spans.flatMap(({ from, to }) => [from, to])
        for (const n of edges) {
          const value = valueAt(spans, n)!
          expect(value.verdict === 'open' ? 'open' : `blocked ${value.by}`).toBe(
            naive(policy[protocol], n, family),
          )
        }
      },
    ),
  )
})

test('every port of every sweep is decided exactly once', () => {
  fc.assert(
    fc.property(
      writtenPolicies,
      fc.constantFrom(...FAMILIES),
      fc.constantFrom(...PROTOCOLS),
      fc.boolean(),
      (policy, family, protocol, inbound) => {
        let next = 0
        for (const { from, to } of decide(
          lowerEgress(policy),
          ask({ family, protocol, ...(inbound ? INBOUND : OUTBOUND) }),
        )) {
          expect(from).toBe(next)
          next = to + 1
        }
        expect(next).toBe(lastNumber(protocol) + 1)
      },
    ),
  )
})

test('the order of lines in a file does not matter', () => {
  fc.assert(
    fc.property(writtenPolicies, fc.nat(65535), (policy, n) => {
      const { deny, allow, denyByDefault } = policy.tcp
      const turned = {
        ...policy,
        tcp: {
          ...policy.tcp,
          deny: deny.toReversed(),
          allow: allow.toReversed(),
          denyByDefault: denyByDefault.toReversed(),
        },
      }
      expect(verdictAt(lowerEgress(turned), ask({}), n)).toBe(
        verdictAt(lowerEgress(policy), ask({}), n),
      )
    }),
  )
})

describe('one policy in detail', () => {
  const policy = policyOf()

  test.each<[Partial<Question>, number, string]>([
    [{}, 22, 'open'],
    [{}, 25, 'blocked drop'],
    [{}, 1025, 'open'],
    [{ protocol: 'udp' }, 53, 'open'],
    [{ protocol: 'udp' }, 54, 'blocked drop'],
    [{ protocol: 'icmp' }, 8, 'open'],
    [{ protocol: 'icmp', family: 6 }, 8, 'blocked drop'],
    [{ protocol: 'icmp', family: 6 }, 128, 'open'],
    [{ protocol: 'ip' }, 47, 'blocked drop'],
    // Each protocol with a section of its own stands for itself, port 443 and echo.
    [{ protocol: 'ip' }, 6, 'blocked drop'],
    [{ protocol: 'ip' }, 1, 'open'],
    [{ protocol: 'ip', family: 6 }, 58, 'open'],
    [{ protocol: 'ip', family: 6 }, 1, 'blocked drop'],
    // What follows an extension header decides: no next header, 59.
    [{ protocol: 'ip', family: 6 }, 43, 'blocked drop'],
    [INBOUND, 22, 'blocked drop'],
    [{ spoofed: true }, 22, 'blocked drop'],
  ])('%j %i: %s', (part, n, verdict) => {
    expect(verdictAt(policy, ask(part), n)).toBe(verdict)
  })

  test('over IPv6, an extension header is allowed when the next protocol is', () => {
    const allows = (numbers: string) =>
      policyOf({ protocols: section([clause('allow', numbers)], [], 'deny', { last: 255 }) })
    const v6 = ask({ protocol: 'ip', family: 6 })
    expect([0, 43, 44, 60].map((n) => verdictAt(allows('59'), v6, n))).toEqual(
      Array(4).fill('open'),
    )
    expect(verdictAt(allows('0,43'), v6, 43)).toBe('blocked drop')
    expect(verdictAt(allows('0,43'), ask({ protocol: 'ip' }), 43)).toBe('open')
  })

  test('a spoofed packet is dropped, never rejected', () => {
    const rejecting = policyOf({
      tcp: section([], [clause('deny', '25')], 'allow', { blocked: 'tcp-reset' }),
    })
    expect(verdictAt(rejecting, ask({}), 25)).toBe('blocked tcp-reset')
    expect(verdictAt(rejecting, ask({ spoofed: true }), 25)).toBe('blocked drop')
  })
})

describe('a grant', () => {
  const target = '198.51.100.25'
  const verdicts = (question: Partial<Question>) =>
    decide(policyOf(), ask(question)).map(
      ({ from, to, value }) => `${from}-${to} ${value.verdict} ${value.clause.label}`,
    )
  const granted = (opens: Parameters<typeof grant>[2], at = target) => ({
    granted: { grants: [grant('g', 'shop', opens)], target: at },
  })

  test("opens its ports and nothing else; ports open by the policy keep the policy's line", () => {
    expect(verdicts(granted({ tcp: '20-25,1020-1030' }))).toEqual([
      '0-19 blocked deny 0-1024',
      '20-21 open grant g',
      '22-22 open allow 22',
      '23-25 open grant g',
      '26-1019 blocked deny 0-1024',
      '1020-1024 open grant g',
      '1025-65535 open otherwise allow',
    ])
  })

  test.each([
    ['198.51.100.25', true],
    ['198.51.101.0', false],
    ['2001:db8:25::25', false],
  ])('towards 198.51.100.0/24 only: to %s %s', (at, open) => {
    const spans = verdicts(granted({ tcp: '25', to: ['198.51.100.0/24'] }, at))
    expect(spans.includes('25-25 open grant g')).toBe(open)
  })

  test('opens nothing for a spoofed source, for what comes in, or for ICMP', () => {
    const g = granted({ tcp: '0-65535', udp: '0-65535' })
    for (const question of [{ spoofed: true }, INBOUND, { protocol: 'icmp' as const }])
      expect(verdicts({ ...question, ...g })).toEqual(verdicts(question))
  })

  test('of any number: each port is decided by one of them or by the policy', () => {
    fc.assert(
      fc.property(writtenPolicies, manyGrants, (policy, grants) => {
        const lowered = lowerEgress(policy)
        const spans = decide(lowered, ask({ granted: { grants, target } }))
        const plain = decide(lowered, ask({}))
        for (const n of spans.flatMap(({ from, to }) => [from, to])) {
          const named = grants.some(
            ({ tcp, destinations }) =>
              tcp.has(n) &&
              (destinations.length === 0 || destinations.some((d) => d.address === '198.51.100.0')),
          )
          const denied = policy.tcp.deny.some(({ numbers }) => numbers.has(n))
          const open = (named && !denied) || valueAt(plain, n)!.verdict === 'open'
          expect(valueAt(spans, n)!.verdict).toBe(open ? 'open' : 'blocked')
        }
      }),
    )
  })
})
