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

/** Kinds of sets, maps and objects that are too many for random texts. */
export const WIDE = `flush ruleset
define nets = { 10.0.0.0/8, 10.1.0.0/16, 192.168.0.0/24, 192.168.1.0/24 }
define base = { 1.1.1.1, 2.2.2.2 }
define more = { $base, 3.3.3.3 }
define prio = -10
table inet t {
	comment "all"
	counter a { comment "x"; packets 3 bytes 4; }
	counter b { }
	quota q { over 100 mbytes; }
	limit l { rate 400/minute; }
	set merged { type ipv4_addr; flags interval; auto-merge; elements = $nets; }
	set adj { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.0.1.0/24, 10.0.3.0-10.0.3.9, 10.0.3.10-10.0.3.20, 10.0.9.9 }
	}
	set conc { type ipv4_addr . inet_service . ifname; flags interval; elements = { 10.0.0.0/8 . 80-90 . "eth0", 11.0.0.0/8 . 1-5 . "eth*", 1.1.1.1 . 22 . "a" }
	}
	set to { type ipv4_addr; flags timeout; elements = { 1.1.1.1 timeout 1h comment "hi, there", 2.2.2.2 }; timeout 2h; gc-interval 1m; }
	set ty { typeof ip saddr . tcp dport; elements = { 1.1.1.1 . 22, 2.2.2.2 . 23 }; }
	set cnt { type ipv4_addr; counter; elements = { 1.1.1.1 counter packets 5 bytes 6, 2.2.2.2 }; }
	set nest { type ipv4_addr; elements = { $more, 4.4.4.4 }; }
	map objs { type inet_service : counter; elements = { 22 : "a", 80 : "b" }; }
	map iv { type ipv4_addr : verdict; flags interval; elements = { 10.0.0.0/8 : jump x, 11.0.0.0-11.0.0.9 : drop }
	}
	map nat { type inet_service : ipv4_addr . inet_service; elements = { 80 : 10.0.0.1 . 8080, 443 : 10.0.0.2 . 443 }; }
	set six { type ipv6_addr; flags interval; elements = { 2001:db8::/32, fe80::1-fe80::9, ::1 }; }
	set marks { type mark; elements = { 0x1, 5 }; }
	chain x { ip daddr 1.1.1.1 accept; }
	chain y {
		type filter hook input priority $prio; policy drop;
		counter name tcp dport map @objs
		ip saddr vmap @iv
		ip saddr vmap { 1.1.1.1 : accept, 2.2.2.2 : jump x }
		jump {
			tcp dport 25 drop
			udp dport { 53, 123 } accept
		}
		ip6 saddr @six drop
		tcp flags & (fin | syn) == fin | syn drop
		meta mark set ip saddr map { 1.1.1.1 : 1, 2.2.2.2 : 2 }
		quota name "q" drop; limit name "l" accept
		ip saddr $base drop
		ip protocol tcp meta l4proto { tcp,
			# inside
			udp } accept
	}
	chain n { type nat hook prerouting priority dstnat
		meta l4proto tcp dnat ip to tcp dport map @nat
	}
}
add element inet t merged { 10.2.0.0/16, 172.16.0.0/12 }
insert rule inet t y tcp dport 99 accept
create chain inet t fresh
`
