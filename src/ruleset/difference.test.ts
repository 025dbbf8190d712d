import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policyOf } from '../policy/egress/fixtures.ts'
import { compile, tableOf } from './compile.ts'
import { changeText, difference, takesGrants } from './difference.ts'
import { GOLDEN, GRANTS, grant, manyGrants, SHARED, ZONES } from './fixtures.ts'
import { NotCompiledError, readTable } from './read-table.ts'
import { type Block, render } from './table.ts'

const POLICY = policyOf({ grants: { revoked: 'cut' } })

/** Whether a set stands on one line says nothing of its content. */
const inLines = (blocks: readonly Block[]): Block[] =>
  blocks.map(({ inline: _, ...block }) => block)

describe('reading a compiled ruleset', () => {
  test.each(GOLDEN)('$name reads back the same', ({ policy, projects, grants }) => {
    const text = compile(policy, projects, grants)
    expect(inLines(readTable(text).blocks)).toEqual(
      inLines(tableOf(policy, projects, grants).blocks),
    )
    expect(render(readTable(text))).toBe(text)
  })

  test.each([
    ['an empty file', '', /line 1:/],
    [
      "another program's table",
      'table inet filter {\n}\n',
      /line 1: not written by nftproof compile/,
    ],
    [
      'a listing of nft',
      'table inet egress_test {\n\tset s {\n\t\ttype ifname\n\t}\n}\n',
      /line 1/,
    ],
    [
      'another table after it',
      `${compile(POLICY, ZONES)}table ip x {\n}\n`,
      /the text must end after the table/,
    ],
    ['a truncated ruleset', compile(POLICY, ZONES).slice(0, 300), /line \d+: /],
  ])('%s is refused', (_, text, why) => {
    expect(() => readTable(text)).toThrow(NotCompiledError)
    expect(() => readTable(text)).toThrow(why)
  })
})

describe('the difference of rulesets that take no grants', () => {
  test('for one more project is its elements', () => {
    const { commands, whole } = difference(
      tableOf(POLICY, ZONES.slice(0, 1)),
      tableOf(POLICY, ZONES.slice(0, 2)),
    )
    expect({ commands, whole }).toEqual({
      commands: [
        'add element inet egress_test project_links { "blog0" }',
        'add element inet egress_test project_sources4 { "blog0" . 10.20.2.0/24 }',
        'add element inet egress_test project_sources6 { "blog0" . 2001:db8:20:2::/64 }',
      ],
    })
  })

  test('for another policy is the whole ruleset', () => {
    expect(difference(tableOf(POLICY, ZONES), tableOf(policyOf(), ZONES)).whole).toBe(
      'chain egress changed',
    )
  })

  test.each([
    [
      tableOf(POLICY, ZONES),
      tableOf(POLICY, ZONES, []),
      'takes no grants, and this one takes them',
    ],
    [tableOf(POLICY, ZONES, []), tableOf(POLICY, ZONES), 'takes grants, and this one takes none'],
  ])('to the other form is the whole ruleset', (before, after, words) => {
    const { commands, whole } = difference(before, after)
    expect({ commands, whole }).toEqual({ commands: [], whole: `the former ruleset ${words}` })
    expect([takesGrants(before), takesGrants(after)]).toEqual([
      words.startsWith('takes grants'),
      !words.startsWith('takes grants'),
    ])
  })
})

describe('the difference', () => {
  const table = (grants = GRANTS, zones = ZONES) => tableOf(POLICY, zones, grants)

  test('between a ruleset and itself is empty', () => {
    expect(difference(table(), table())).toEqual({ commands: [] })
  })

  test('for one more port is one element in each family', () => {
    const more = [...GRANTS, grant('irc', 'mail', { tcp: '194' })]
    expect(difference(table(), table(more)).commands).toEqual([
      'add element inet egress_test granted_tcp4_24 { "mail0" . 10.20.3.0 . 194 comment "irc.yaml grant irc" }',
      'add element inet egress_test granted_tcp6_64 { "mail0" . 2001:db8:20:3:: . 194 comment "irc.yaml grant irc" }',
    ])
  })

  test('for a revoked range deletes its chains, after the jumps to them', () => {
    const { commands } = difference(table(), table(GRANTS.slice(0, 2)))
    const chains = ['grants_tcp_blog', 'replies_tcp_blog']
    for (const chain of chains) {
      const left = commands.indexOf(`delete chain inet egress_test ${chain}`)
      const referred = commands.findLastIndex((c) => /^delete element .*ing_tcp/.test(c))
      expect(left).toBeGreaterThan(referred)
    }
    expect(commands.join('\n')).not.toMatch(/shop|mail/)
  })

  test('for a project with grants is elements and chains', () => {
    const { commands, whole } = difference(table(GRANTS.slice(0, 2), ZONES.slice(0, 1)), table())
    expect(whole).toBeUndefined()
    expect(commands.join('\n')).not.toContain('shop')
  })

  test.each([
    ['for a more permissive policy', tableOf(policyOf(), ZONES, [])],
    ['for another policy', tableOf({ ...POLICY, id: 'other' }, ZONES, [])],
    ['for another prefix length', tableOf(POLICY, SHARED, [])],
  ])('%s is the whole ruleset', (_, other) => {
    const { commands, whole } = difference(table([]), other)
    expect(commands).toEqual([])
    expect(whole).toMatch(/^(set|map|chain) \S+ changed|the table was/)
  })

  test('forwards and backwards names the same elements', () => {
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

describe('the text of a change', () => {
  const [one, two] = [1, 2].map((count) => tableOf(POLICY, ZONES.slice(0, count)))

  test('has one command on each line', () => {
    const { commands } = difference(one!, two!)
    expect(changeText(one!, two!)).toBe(`${commands.join('\n')}\n`)
    expect(changeText(one!, one!)).toBe('')
  })

  test('is the whole table if commands cannot express the change', () => {
    const other = { ...two!, name: 'inet other' }
    expect(changeText(one!, other)).toBe(render(other))
  })
})
