/** Rulesets so large that what is quadratic, deep or spread into arguments never comes to its end. */
import { expect, test } from 'vitest'
import { inferLab } from '../lab/infer.ts'
import type { GivenRule } from '../nft/facts-fixtures.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { locateRules } from '../nft/source-map.ts'
import { structureOf } from '../nft/text/structure.ts'
import { combinationsOf } from './combinations.ts'
import { portClasses } from './equivalence-classes.ts'
import { factsOf } from './extract.ts'

const MANY = 150_000
const RULES = 20_000

const address = (i: number): string => `10.${(i >> 14) & 255}.${(i >> 6) & 255}.${(i & 63) * 4}`

test('a set of 150,000 elements is read from its text', () => {
  const elements = Array.from({ length: MANY }, (_, i) => address(i)).join(', ')
  const text = `define MORE = { ${elements} }
table inet t {
  set banned { type ipv4_addr; elements = { ${elements} }; }
  set more { type ipv4_addr; elements = $MORE; }
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "eth0" ip saddr @banned drop
  }
}
`
  expect(structureOf(text).sets.map(({ elements }) => elements.length)).toEqual([MANY, MANY])
  expect(inferLab([{ kind: 'nft', text }]).plan.zones.map(({ link }) => link)).toContain('eth0')
})

test('a set of 150,000 elements makes two classes of sources', () => {
  const facts = factsOf(
    inspectionOf([{ expr: [match(payload('ip', 'saddr'), '@banned'), { drop: null }] }], {
      objects: [
        {
          set: {
            family: 'inet',
            table: 't',
            name: 'banned',
            elem: Array.from({ length: MANY }, (_, i) => address(i)),
          },
        },
      ],
    }),
  )
  const zones = [
    {
      name: 'lan',
      link: 'lan0',
      isDefault: true,
      addresses: [{ family: 4 as const, address: '192.168.1.10', prefixLength: 24 }],
    },
  ]
  const path = { from: 'lan', to: 'firewall' }
  const { counts, omitted } = combinationsOf({
    ...{ facts: [facts], zones, path, family: 4, protocol: 'tcp' },
  })
  expect(Number(counts.get('source'))).toBe(9)
  expect(omitted.join()).toMatch(/edges of source classes/)
})

test('a nested list of 150,000 elements is read', () => {
  const inner = { set: Array.from({ length: MANY }, (_, i) => i % 65_536) }
  const rule = { expr: [match(payload('tcp', 'dport'), { set: [inner] }), { accept: null }] }
  const facts = factsOf(inspectionOf([rule]))
  expect(portClasses([facts], { family: 4, protocol: 'tcp' })).toHaveLength(1)
})

test('20,000 rules with returns, limits and jumps are analysed', () => {
  const rules = Array.from({ length: RULES }, (_, i): GivenRule[] => [
    { expr: [match(payload('tcp', 'dport'), i), { limit: { rate: 3, per: 'second' } }, RETURN] },
    { expr: [match(payload('tcp', 'dport'), i), { jump: { target: `c${i % 100}` } }] },
  ]).flat()
  // Nothing behind them matters, until something does.
  expect(factsOf(inspectionOf(rules)).statefulRules).toEqual([])
  const last = { expr: [{ drop: null }] }
  expect(factsOf(inspectionOf([...rules, last])).statefulRules).toHaveLength(RULES)
})

const RETURN = { return: null }

test('chains nested deeper than the kernel allows are analysed', () => {
  const rules = Array.from({ length: RULES }, (_, i) => ({
    chain: `c${i}`,
    expr: [{ limit: { rate: 3, per: 'second' } }, { jump: { target: `c${i + 1}` } }],
  }))
  const backwards = Array.from({ length: RULES }, (_, i) => ({
    chain: `d${i + 1}`,
    expr: [{ limit: { rate: 3, per: 'second' } }, { goto: { target: `d${i}` } }],
  }))
  const end = { chain: 'd0', expr: [{ drop: null }] }
  const { statefulRules } = factsOf(inspectionOf([...rules, ...backwards, end]))
  const chains = statefulRules.map(({ where }) => where?.chain)
  // Each of d leads to the drop; where c leads is too deep to say, so it counts as well.
  expect(chains.filter((name) => name?.startsWith('d'))).toEqual(backwards.map((one) => one.chain))
  expect(chains).toContain('c0')
})

test('20,000 similar rules are located in their file', () => {
  const written = Array.from(
    { length: RULES },
    (_, i) => `    ip saddr ${address(i)} tcp dport ${i} accept comment "number ${i}"\n`,
  )
  const text = `table inet t {\n  chain input {\n    type filter hook input priority 0;\n${written.join('')}  }\n}\n`
  const listed = inspectionOf(
    // One less, so that their order tells nothing.
    written.slice(1).map((line) => ({ expr: [], text: line.trim() })),
  )
  const part = { kind: 'nft', file: 'rules.nft', text, stretches: [] } as const
  const places = locateRules({ origin: 'rules.nft', parts: [part] }, listed.listing)
  expect(places.get('inet t 2')).toEqual({ file: 'rules.nft', line: 5 })
  expect(places.size).toBe(RULES - 1)
})
