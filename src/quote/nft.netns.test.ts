/** Claim: the name of an interface means exactly that interface to nft, or it is refused before. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileLink, hostileText } from '../../tools/testing/hostile.ts'
import { inSandbox } from '../../tools/testing/nft.ts'
import { existingInterface, RulesetTextError } from './nft.ts'

/** What nft has understood of `iifname NAME`, rule by rule. */
function understood(names: readonly string[]): unknown[] {
  const rules = names.map((name) => `    iifname ${existingInterface(name)} accept\n`)
  const text = `table inet t {\n  chain c {\n${rules.join('')}  }\n}\n`
  const { nftables } = JSON.parse(inSandbox('nft -f -; nft -j list ruleset', text)) as {
    nftables: { rule?: { expr: { match?: { right: unknown } }[] } }[]
  }
  return nftables.flatMap(({ rule }) => (rule ? [rule.expr[0]?.match?.right] : []))
}

const isRefused = (name: string): boolean => {
  try {
    existingInterface(name)
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(RulesetTextError)
    return true
  }
}

test('nft reads hostile names unchanged', () => {
  const names = [...new Set(fc.sample(hostileLink(), 600))]
  const accepted = names.filter((name) => !isRefused(name))
  expect(accepted.length).toBeGreaterThan(100)
  for (const name of names.filter(isRefused))
    expect(name).toMatch(/["\p{Cc}\p{Zl}\p{Zp}\p{Zs}\ufeff]|\*$/u)
  // nft's JSON writes an asterisk at the end as it is written in text.
  const expected = accepted.map((name) => (name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name))
  expect(understood(accepted)).toEqual(expected)
})

test.each(['eth*', '*', 'a\\', '$x', '@s', '{', '}', ';', '#', "it's", '-x', '42', 'é', '0x1'])(
  'nft reads %j unchanged',
  (name) => {
    const itself = name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name
    expect(understood([name, 'plain'])).toEqual([itself, 'plain'])
  },
)

test('a final asterisk is not a wildcard', () => {
  const listed = (quoted: string): string =>
    inSandbox(
      'nft --debug=netlink -f - 2>&1 || nft --debug=netlink -f -',
      `table inet t {\n  chain c {\n    iifname ${quoted}\n  }\n}\n`,
    )
  // A name is compared with all its 16 bytes, a wildcard with those before it.
  const isWhole = (text: string): boolean =>
    /cmp eq reg 1 0x[0-9a-f]{8} 0x[0-9a-f]{8} 0x/.test(text)
  expect(isWhole(listed(existingInterface('eth*')))).toBe(true)
  expect(isWhole(listed('"eth*"'))).toBe(false)
})

test.each([
  'x" accept; flush ruleset; "',
  'a"b',
  '"',
  'a\nb',
  'a b',
  'a\\*',
  'a\\\\*',
  '',
  'a\0b',
  'abcdefghijklmnop',
])('%j is refused', (name) => {
  expect(() => existingInterface(name)).toThrow(RulesetTextError)
})

test('accepted text is in quotation marks and contains none', () => {
  fc.assert(
    fc.property(hostileText(), (name) => {
      if (!isRefused(name)) expect(existingInterface(name)).toMatch(/^"[^"\n]+"$/)
    }),
  )
})
