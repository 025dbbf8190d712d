/** Portions of nftables text: each says its part at the lines and columns of the whole, and all together say all of it. */
import { describe, expect, test } from 'vitest'
import { divideNft } from './divided.ts'

/** Every portion, of one piece each unless more fit into `size`. */
function portions(text: string, size = 1): string[] {
  const divided = divideNft(text)!
  const made: string[] = []
  for (let at = 0; at < divided.length; ) {
    const end = divided.endOf(at, size)
    made.push(divided.textOf(at, end))
    at = end
  }
  return made
}

const TEXT = `#!/usr/sbin/nft -f
flush ruleset
define lan = "eth1"
define bad = {
  10.0.0.1, # one
  10.0.0.2
}
table inet t { # the only one
  flags dormant
  set s {
    type ipv4_addr; flags interval
    elements = { 192.0.2.1, 192.0.2.4-192.0.2.9,
      198.51.100.0/24 }
  }
  set b { type ipv4_addr; elements = $bad; }
  chain c {
    type filter hook input priority 0; policy drop
    iifname $lan tcp dport { 22,
      80 } accept; ip saddr @s drop
    udp dport \\
      53 accept
  }
}
add rule inet t c counter
`

test('every word keeps its position in the whole text', () => {
  const lines = TEXT.split('\n')
  for (const portion of portions(TEXT))
    for (const [i, line] of portion.split('\n').entries())
      for (const { 0: word, index } of line.matchAll(/[^\s\\]+/g))
        expect([i, index, lines[i]?.slice(index, index + word.length)]).toEqual([i, index, word])
})

test('pieces are in the order in which nft executes them', () => {
  const said = portions(TEXT).map((portion) =>
    portion
      .replaceAll(/\s+|\\\n/g, ' ')
      .replaceAll(' ', '')
      .trim(),
  )
  const open = 'tableinett{flagsdormant'
  const [s, b] = [`sets{typeipv4_addr;flagsinterval`, 'setb{typeipv4_addr;']
  const chain = 'chainc{'
  expect(said).toEqual([
    'flushruleset',
    `${open}}`,
    `${open}${chain}typefilterhookinputpriority0;policydrop}}`,
    `${open}${s}}}`,
    `${open}${b}}}`,
    `${open}${s}elements={192.0.2.1,}}}`,
    `${open}${s}elements={192.0.2.4-192.0.2.9,}}}`,
    `${open}${s}elements={198.51.100.0/24}}}`,
    `definebad={10.0.0.1,}${open}${b}elements=$bad;}}`,
    `definebad={10.0.0.2}${open}${b}elements=$bad;}}`,
    `definelan="eth1"${open}${chain}iifname$lantcpdport{22,80}accept;}}`,
    `${open}${chain}ipsaddr@sdrop}}`,
    `${open}${chain}udpdport53accept}}`,
    'addruleinettccounter',
  ])
})

test('a define that is loaded in parts has portions of its own', () => {
  const text = `define v = { 1.1.1.1, 2.2.2.2 }
table t {
  set a { type ipv4_addr; elements = $v; }
  set b { type ipv4_addr; elements = { $v, 3.3.3.3 }; }
  chain c { ip saddr $v drop; }
}
`
  expect(portions(text, 1000).map((portion) => portion.match(/\d+\.\d+\.\d+\.\d+/g))).toEqual([
    null,
    ['1.1.1.1', '2.2.2.2'],
    ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
    ['1.1.1.1', '2.2.2.2'],
  ])
})

describe('text is not divided', () => {
  test.each([
    [
      'with a redefined variable',
      'define v = { 1.1.1.1 }\nredefine v = { 2.2.2.2, 3.3.3.3 }\n',
      '$v',
    ],
    ['with a constant set', '', '{ 2.2.2.2, 3.3.3.3 }; flags constant'],
  ])('%s', (_, defines, elements) => {
    const text = `${defines}table t {\n  set a { type ipv4_addr; elements = ${elements}; }\n}\n`
    const own = portions(text).filter((portion) => portion.includes('elements'))
    expect(own).toHaveLength(1)
    expect(own[0]).toMatch(/2\.2\.2\.2, 3\.3\.3\.3/)
  })

  test('when it deletes elements', () => {
    expect(divideNft('add table t\ndelete element ip t s { 1.1.1.1 }\n')).toBeUndefined()
    expect(divideNft('add table t\ndelete table t\n')?.length).toBe(2)
  })

  test('when it includes files', () => {
    expect(divideNft('include "more.nft"\nadd table t\n')).toBeUndefined()
    expect(divideNft('add rule t c log prefix "include" # include "x"\n')?.length).toBe(1)
  })
})
