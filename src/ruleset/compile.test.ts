import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Zone } from '../lab/zone.ts'
import { readPrefix } from '../net/address.ts'
import { clause, policies, policyOf, section, writtenPolicies } from '../policy/egress/fixtures.ts'
import { lowerEgress } from '../policy/egress/lower.ts'
import { COMMENT_BYTES, comment, interfaceName, RulesetTextError } from '../quote/nft.ts'
import { compile } from './compile.ts'
import { FORMS, GOLDEN, GRANTS, goldenPath, grant, ZONES } from './fixtures.ts'
import { tableName } from './text.ts'

describe('golden files', () => {
  test.each(GOLDEN)('$name', ({ name, policy, projects, grants }) => {
    const text = compile(policy, projects, grants)
    if (process.env.UPDATE_GOLDEN) writeFileSync(goldenPath(name), text)
    expect(text).toBe(readFileSync(goldenPath(name), 'utf8'))
  })
})

test.each(FORMS)('%s: the order of the projects does not change a byte', (_, grants) => {
  const [shop, blog, mail] = ZONES
  const policy = policyOf()
  expect(compile(policy, [mail!, shop!, blog!], grants)).toBe(
    compile(policy, [shop!, blog!, mail!], grants),
  )
})

test.each(FORMS)('%s: the order of lines in a policy does not change the rules', (_, grants) => {
  const rules = (text: string): string => text.replaceAll(/ comment "[^"]*"/g, '')
  fc.assert(
    fc.property(writtenPolicies, (policy) => {
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
      const textOf = (one: typeof policy): string => rules(compile(lowerEgress(one), ZONES, grants))
      expect(textOf(turned)).toBe(textOf(policy))
    }),
  )
})

test.each(FORMS)('%s: every rule has a counter and a comment with its policy line', (_, grants) => {
  fc.assert(
    fc.property(policies, (policy) => {
      const rules = compile(policy, ZONES, grants)
        .split('\n')
        .filter((line) => / (accept|drop|reject)\b/.test(line) && !/policy accept/.test(line))
      expect(rules.length).toBeGreaterThan(5)
      for (const rule of rules)
        expect(rule).toMatch(/\bcounter (accept|drop|reject).* comment "[^"]+"$/)
      for (const rule of rules)
        expect(rule).toMatch(/comment "(test\.yaml|granted|replies from granted)/)
    }),
  )
})

test.each(FORMS)('%s: only source addresses are judged before connection tracking', (_, grants) => {
  const egress = (revoked: 'keep' | 'cut'): string[] =>
    compile(policyOf({ grants: { revoked } }), ZONES, grants)
      .split('chain egress {')[1]!
      .split('\n')
      .slice(2)
      .filter((line) => !line.includes('source address not of this link'))
  expect(egress('keep')[0]).toContain('ct state established,related counter accept')
  expect(egress('cut')[0]).toContain('ct state related counter accept')
})

test('an unreachable rule is left out', () => {
  const covering = section([], [clause('deny', '0-65535')], 'allow')
  const smallest = compile(policyOf({ tcp: covering }), ZONES).split('\n')
  expect(smallest.filter((line) => /\ttcp|l4proto tcp/.test(line))).toEqual([
    expect.stringMatching(/meta l4proto tcp counter drop comment "test\.yaml:1 deny 0-65535"$/),
  ])
  const text = compile(policyOf({ tcp: covering }), ZONES, [])
  const chain = text.split('chain tcp_egress {')[1]!.split('}')[0]!
  const own = chain.split('\n').map((line) => line.trim())
  expect(own.filter((line) => line !== '' && !/grant/.test(line))).toEqual([
    expect.stringMatching(/^counter drop comment "test\.yaml:1 deny 0-65535"$/),
  ])
})

test.each(FORMS)('%s: what is denied by default is one rule, with all its lines', (_, grants) => {
  const tcp = section([clause('allow', '22')], [clause('deny', '0-1024', { line: 3 })], 'deny')
  const text = compile(policyOf({ tcp }), ZONES, grants)
  expect(text).toContain('counter drop comment "test.yaml:3,99 deny 0-1024, otherwise deny"')
  expect(text).not.toMatch(/default_deny|dport 0-1024/)
})

test.each(['udp', 'icmp', 'protocols', 'inbound'] as const)(
  'a reset in %s is refused: nft would match TCP only and let the rest through',
  (name) => {
    const resetting = section([], [], 'deny', { blocked: 'tcp-reset' })
    for (const [, grants] of FORMS)
      expect(() => compile(policyOf({ [name]: resetting }), ZONES, grants)).toThrow(
        `test.yaml: ${name}: only TCP has resets`,
      )
  },
)

test('protocols with their own chain are in no other rule', () => {
  const rulesOf = (allow: string): string[] => {
    const protocols = section([clause('allow', allow)], [], 'deny', { last: 255 })
    const chain = compile(policyOf({ protocols }), ZONES, []).split('chain egress {')[1]!
    return chain.split('\n\t}')[0]!.split('\n').slice(5)
  }
  expect(rulesOf('1,6,17,58')).toEqual([expect.stringContaining('counter drop')])
  expect(rulesOf('1,6,17,47,58')).toEqual([
    expect.stringContaining('meta l4proto 47 counter accept'),
    expect.stringContaining('counter drop'),
  ])
  expect(rulesOf('0-5,7-16,18-255')).toEqual([expect.stringMatching(/links counter accept/)])
})

test('ICMP of the other family is decided by its protocol number', () => {
  const protocols = section([clause('allow', '58')], [], 'deny', { last: 255 })
  const text = compile(policyOf({ protocols }), ZONES, [])
  expect(text).toMatch(/chain icmp_egress \{\n\t+meta nfproto != ipv4 counter drop/)
  expect(text).toMatch(/chain icmpv6_egress \{\n\t+meta nfproto != ipv6 counter accept/)
})

test('nested prefixes of a link are left out, and their order does not matter', () => {
  const at = (link: string, ...prefixes: string[]): Zone => ({
    name: link,
    kind: 'project',
    link,
    addresses: prefixes.map((prefix) => {
      const reading = readPrefix(prefix)
      if (!reading.ok) throw new Error(reading.message)
      return reading.value
    }),
  })
  const elements = (projects: readonly Zone[]): string[] =>
    compile(policyOf(), projects, []).match(/"a" \. \S+,/g) ?? []
  const wide = [at('a', '10.0.0.0/8', '192.168.0.0/16', 'fd00::/8')]
  expect(elements(wide)).toEqual(['"a" . 10.0.0.0,', '"a" . 192.168.0.0,', '"a" . fd00::,'])
  const nested = [
    at('a', '192.168.0.0/16', '10.1.0.0/16', '10.0.0.0/8', 'fd00:1::/32'),
    at('a', '10.9.9.9/8', '10.255.255.255/32', 'fd00::/8', 'fd00::/8'),
  ]
  expect(elements(nested)).toEqual(elements(wide))
  for (const [, grants] of FORMS)
    expect(compile(policyOf(), nested.toReversed(), grants)).toBe(
      compile(policyOf(), nested, grants),
    )
  expect(compile(policyOf(), nested)).toContain('{ "a" . 10.0.0.0/8, "a" . 192.168.0.0/16 }')
  expect(compile(policyOf(), nested)).toContain('{ "a" . fd00::/8 }')
})

test('the order of grants does not matter, and a grant without a project is refused', () => {
  expect(compile(policyOf(), ZONES, GRANTS.toReversed())).toBe(compile(policyOf(), ZONES, GRANTS))
  expect(() => compile(policyOf(), ZONES, [grant('g', 'nobody', { tcp: '25' })])).toThrow(
    /"nobody": grant g: its project is not in this ruleset/,
  )
})

describe('text from files', () => {
  test.each([
    ['a quote', 'say "hi"', ` comment "say 'hi'"`],
    ['a line break', 'one\ntwo', ' comment "one two"'],
    ['nothing', '  ', ''],
    ['right-to-left marks', 'a\u202eb', ' comment "a b"'],
  ])('a comment with %s', (_, text, expected) => {
    expect(comment(text)).toBe(expected)
  })

  test('a comment is cut to 128 bytes, never inside a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 100, maxLength: 300 }), (text) => {
        const bytes = new TextEncoder().encode(comment(text).slice(' comment "'.length, -1))
        expect(bytes.length).toBeLessThanOrEqual(COMMENT_BYTES)
        expect(text.replaceAll('"', "'")).toContain(
          new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/…$/, '').split(' ')[0]!,
        )
      }),
    )
  })

  test.each([
    'a"b',
    'a b',
    'eth*',
    'a/b',
    '',
    'abcdefghijklmnop',
    'a\nb',
    'é',
    '.',
    '..',
    '$x',
    'a;b',
    '@s',
    '{',
  ])('the link %j is refused', (link) => {
    if (link === 'a;b') expect(interfaceName(link)).toBe('"a;b"')
    else expect(() => interfaceName(link)).toThrow(RulesetTextError)
  })

  test.each(['Zerops', 'a b', '1a', 'x'.repeat(33), 'a"'])('the id %j is refused', (id) => {
    expect(() => tableName(id)).toThrow(RulesetTextError)
  })
})
