/** Random nftables text that loads: blocks and commands, defines, sets of every kind, rules in all places. */
import fc from 'fast-check'

const address = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 255 }))
  .map(([b, c]) => `10.${b}.${c}.`)
const host = fc.tuple(address, fc.integer({ min: 1, max: 254 })).map(([net, d]) => `${net}${d}`)
const prefix = address.map((net) => `${net}0/24`)
const port = fc.integer({ min: 1, max: 65_000 })

/** Elements without repetition, with blanks, comments and ends of lines between. */
const listOf = (element: fc.Arbitrary<string>, minLength = 1): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.uniqueArray(element, { minLength, maxLength: 9 }),
      fc.constantFrom(', ', ',\n\t\t\t', ', # ä, b }\n', ' ,\t'),
    )
    .map(([elements, joint]) => `{ ${elements.join(joint)} }`)

/** One that lists its members itself, by a define, or both. */
const members = (own: fc.Arbitrary<string>, define: string): fc.Arbitrary<string> =>
  fc.oneof(
    own,
    fc.constant(`$${define}`),
    own.map((list) => `{ $${define}, ${list.slice(1)}`),
  )

const rule = fc.oneof(
  host.map((one) => `ip saddr ${one} counter accept`),
  port.map((one) => `tcp dport { ${one}, 443 } accept`),
  fc.constantFrom(
    'ip saddr @plain drop',
    'ip daddr @nets accept comment "to; } { nets"',
    'ip saddr . tcp dport @pairs accept',
    'tcp dport vmap @verdicts',
    'update @seen { ip saddr timeout 5m }',
    'add @seen { ip daddr }',
    'ip saddr $bad drop',
    'meta mark set tcp dport map @marks',
    'limit rate 5/second log prefix "x # y" accept',
    'udp dport \\\n\t\t\t53 accept',
    'jump side',
    'counter name hits',
  ),
)
const rules = fc
  .array(fc.tuple(rule, fc.constantFrom('\n\t\t', '; ', ' # why; not }\n\t\t')), { maxLength: 8 })
  .map((all) => all.map(([text, end]) => `${text}${end}`).join(''))

const sets = fc
  .tuple(
    members(listOf(host), 'bad'),
    listOf(prefix),
    listOf(fc.tuple(host, port).map(([ip, one]) => `${ip} . ${one}`)),
    listOf(port.map((one) => `${one} : jump side`)),
    listOf(port.map((one) => `${one} : ${one}`)),
    fc.constantFrom(
      'timeout 1h;',
      'flags timeout; size 1000',
      'flags dynamic,timeout\n\t\ttimeout 2h',
    ),
  )
  .map(
    ([plain, nets, pairs, verdicts, marks, seen]) => `
	set plain { type ipv4_addr; elements = ${plain}
	}
	set nets {
		type ipv4_addr; flags interval
		elements = ${nets}; comment "nets"
	}
	set pairs { type ipv4_addr . inet_service; elements = ${pairs}; }
	map verdicts { type inet_service : verdict
		elements = ${verdicts}
	}
	map marks { type inet_service : mark; elements = ${marks}; }
	set seen { type ipv4_addr; ${seen}
	}
	counter hits { packets 3 bytes 100
	}`,
  )

const commands = fc.array(
  fc.oneof(
    rule.map((text) => `add rule inet t first ${text}`),
    rule.map((text) => `insert rule inet t first ${text}`),
    host.map((one) => `add element inet t plain { ${one} }`),
    fc.constantFrom(
      'add element inet t seen $bad',
      'add chain inet t more { counter; ip saddr @plain drop; }',
      'add set inet t late { type ipv4_addr; elements = { 9.9.9.9 }; }',
      'flush chain inet t side',
      'flush set inet t nets',
      'add table ip other',
      'table ip other { flags dormant; chain x { accept; }; }',
      'delete table ip gone',
    ),
  ),
  { maxLength: 5 },
)

export const nftTexts: fc.Arbitrary<string> = fc
  .record({
    bad: listOf(host, 2),
    far: host,
    sets,
    first: rules,
    second: rules,
    again: rules,
    commands,
  })
  .map(
    ({ bad, far, sets: ofTable, first, second, again, commands: more }) => `#!/usr/sbin/nft -f
flush ruleset
define far = ${far}
define bad = ${bad}
table ip gone { # ü
}
table inet t {
	chain side {
		ip daddr $far accept
	}
	chain first {
		type filter hook input priority 0; policy drop
		${first}
	}
	${ofTable}
	chain second { comment "2"; ${second}
	}
}
table inet t {
	chain second {
		${again}
	}
}
${more.join('\n')}
`,
  )
