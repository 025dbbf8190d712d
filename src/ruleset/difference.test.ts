import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policyOf } from '../policy/egress/fixtures.ts'
import { compile, tableOf } from './compile.ts'
import { difference, NotCompiledError, readTable } from './difference.ts'
import { GOLDEN, GRANTS, grant, manyGrants, SHARED, ZONES } from './fixtures.ts'
import { render } from './table.ts'

const POLICY = policyOf({ grants: { revoked: 'cut' } })

describe('reading a compiled ruleset', () => {
  test.each(GOLDEN)('$name reads back as it was', ({ policy, projects, grants }) => {
    const text = compile(policy, projects, grants)
    expect(readTable(text).blocks).toEqual(tableOf(policy, projects, grants ?? []).blocks)
    expect(render(readTable(text))).toBe(text)
  })

  test.each([
    ['an empty file', '', /line 1:/],
    [
      'somebody else’s table',
      'table inet filter {\n}\n',
      /line 1: not written by nftproof compile/,
    ],
    [
      'a listing by nft',
      'table inet egress_test {\n\tset s {\n\t\ttype ifname\n\t}\n}\n',
      /line 1/,
    ],
    [
      'another table after it',
      `${compile(POLICY, ZONES)}table ip x {\n}\n`,
      /the text must end after the table/,
    ],
    ['half of it', compile(POLICY, ZONES).slice(0, 300), /line \d+: /],
  ])('%s is refused', (_, text, why) => {
    expect(() => readTable(text)).toThrow(NotCompiledError)
    expect(() => readTable(text)).toThrow(why)
  })
})

describe('the difference', () => {
  const table = (grants = GRANTS, zones = ZONES) => tableOf(POLICY, zones, grants)

  test('of a ruleset and itself is nothing', () => {
    expect(difference(table(), table())).toEqual({ commands: [] })
  })

  test('one port more is one element for each family', () => {
    const more = [...GRANTS, grant('irc', 'mail', { tcp: '194' })]
    expect(difference(table(), table(more)).commands).toEqual([
      'add element inet egress_test granted_tcp4_24 { "mail0" . 10.20.3.0 . 194 comment "irc.yaml grant irc" }',
      'add element inet egress_test granted_tcp6_64 { "mail0" . 2001:db8:20:3:: . 194 comment "irc.yaml grant irc" }',
    ])
  })

  test('a range taken back takes its chains with it, after what leads there', () => {
    const { commands } = difference(table(), table(GRANTS.slice(0, 2)))
    const chains = ['grants_tcp_blog', 'replies_tcp_blog']
    for (const chain of chains) {
      const left = commands.indexOf(`delete chain inet egress_test ${chain}`)
      const referred = commands.findLastIndex((c) => /^delete element .*ing_tcp/.test(c))
      expect(left).toBeGreaterThan(referred)
    }
    expect(commands.join('\n')).not.toMatch(/shop|mail/)
  })

  test('a project with its grants is elements and chains too', () => {
    const { commands, whole } = difference(table(GRANTS.slice(0, 2), ZONES.slice(0, 1)), table())
    expect(whole).toBeUndefined()
    expect(commands.join('\n')).not.toContain('shop')
  })

  test.each([
    ['a policy that allows more', tableOf(policyOf(), ZONES, [])],
    ['another policy', tableOf({ ...POLICY, id: 'other' }, ZONES, [])],
    ['another length of prefix', tableOf(POLICY, SHARED, [])],
  ])('%s is a whole ruleset', (_, other) => {
    const { commands, whole } = difference(table([]), other)
    expect(commands).toEqual([])
    expect(whole).toMatch(/^(set|map|chain) \S+ changed|the table was/)
  })

  test('there and back again names the same elements', () => {
    fc.assert(
      fc.property(manyGrants, manyGrants, (a, b) => {
        const there = difference(table(a), table(b))
        const back = difference(table(b), table(a))
        const count = (commands: readonly string[], verb: string) =>
          commands.filter((c) => c.startsWith(`${verb} chain`)).length
        expect(there.whole).toBeUndefined()
        expect(count(there.commands, 'add')).toBe(count(back.commands, 'delete'))
      }),
    )
  })
})
