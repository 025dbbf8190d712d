/**
 * Two firewalls that differ in one thing:
 *
 *     wan0 ─ firewall ─ lan0     by rules that name wan0 and lan0
 */
import { describe, expect, test } from 'vitest'
import { summarize } from '../../src/compare/summary.ts'
import type { Firewall, FirewallPart, PartKind } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { outcomeWords } from '../../src/result/words.ts'
import { sharedSandbox } from '../../tools/testing/sandboxes.ts'
import { type DiffOptions, runDiff } from './diff.ts'

const sandbox = sharedSandbox(4)

const firewall = (text: string, kind: PartKind = 'nft'): Firewall => ({
  origin: 'rules.nft',
  parts: [{ kind, file: 'rules.nft', text, stretches: [{ from: 1, file: 'rules.nft', line: 1 }] }],
})

const RULES = {
  input: ['ct state established,related accept', 'tcp dport { 22, 80 } accept', 'drop'],
  forward: ['ct state established,related accept', 'iifname "lan0" oifname "wan0" accept', 'drop'],
  output: [] as string[],
  nat: [] as string[],
  /** Sets and maps. */
  named: [] as string[],
}
type Rules = typeof RULES

function text(rules: Rules): string {
  const chain = (name: string, head: string, own: readonly string[]): string =>
    `\tchain ${name} {\n\t\t${head}\n${own.map((rule) => `\t\t${rule}\n`).join('')}\t}\n`
  const filters = (['input', 'forward', 'output'] as const).map((hook) =>
    chain(hook, `type filter hook ${hook} priority 0; policy accept;`, rules[hook]),
  )
  const nat = chain('nat', 'type nat hook prerouting priority -100; policy accept;', rules.nat)
  const named = rules.named.map((one) => `\t${one}\n`).join('')
  return `table inet t {\n${named}${filters.join('')}${nat}}\n`
}

/** Of the interfaces that rules name, which is enough where no rule tells others apart. */
function namedLab(parts: readonly FirewallPart[]): LabPlan {
  const { plan } = inferLab(parts)
  return { ...plan, zones: plan.zones.filter(({ name }) => name !== 'other') }
}

async function compare(old: Firewall, young: Firewall, more: Partial<DiffOptions> = {}) {
  return runDiff({
    sandbox: sandbox(),
    jobs: 2,
    old,
    new: young,
    plan: namedLab([...old.parts, ...young.parts]),
    delta: undefined,
    quick: true,
    budget: undefined,
    from: undefined,
    to: undefined,
    families: [4],
    protocols: ['tcp'],
    ports: undefined,
    signal: new AbortController().signal,
    replay: (_, number) => `again ${number}`,
    onPlan: () => {},
    ...more,
  })
}

/** `wan0 → firewall 25 opened: dropped → open`, once for each. */
const input = (...rules: string[]): Partial<Rules> => ({
  input: [RULES.input[0]!, ...rules, ...RULES.input.slice(1)],
})
const forward = (...rules: string[]): Partial<Rules> => ({
  forward: [...RULES.forward.slice(0, 2), ...rules, 'drop'],
})

const lines = (found: Awaited<ReturnType<typeof compare>>): string[] =>
  summarize(found.tables).map(
    ({ from, to, protocol, row, ranges, ordinary, combinations }) =>
      `${from} → ${to} ${protocol} ${PortSet.of(...ranges)} ${row.kind}: ${outcomeWords(row.before)} → ${outcomeWords(row.after)}${ordinary ? '' : ` only ${combinations[0]}`}`,
  )

/** Of the last step of a trace. */
const VERDICT = /^(?:policy )?(?:accept|drop|reject)$/

describe('a single change is found, and nothing else', () => {
  test.each<[string, Partial<Rules>, string[]]>([
    ['nothing', {}, []],
    [
      'a port is opened',
      { input: [RULES.input[0]!, 'tcp dport { 22, 25, 80 } accept', 'drop'] },
      [
        'lan0 → firewall tcp 25 opened: dropped → open',
        'wan0 → firewall tcp 25 opened: dropped → open',
      ],
    ],
    [
      'a port is closed, from one link only',
      { input: [RULES.input[0]!, 'iifname "wan0" tcp dport 22 drop', ...RULES.input.slice(1)] },
      ['wan0 → firewall tcp 22 closed: open → dropped'],
    ],
    [
      'a range is rejected instead of dropped',
      { input: [...RULES.input.slice(0, 2), 'tcp dport 100-200 reject with tcp reset', 'drop'] },
      [
        'lan0 → firewall tcp 100-200 blocked-otherwise: dropped → rejected (reset)',
        'wan0 → firewall tcp 100-200 blocked-otherwise: dropped → rejected (reset)',
      ],
    ],
    [
      'the answers are dropped',
      { input: ['tcp dport { 22, 80 } accept', 'drop'], output: ['tcp sport 80 drop'] },
      [
        'lan0 → firewall tcp 80 one-way: open → one-way',
        'wan0 → firewall tcp 80 one-way: open → one-way',
        // Answers to the firewall come in by no rule any more.
        'firewall → lan0 tcp 0-65535 one-way: open → one-way',
        'firewall → wan0 tcp 0-65535 one-way: open → one-way',
        'firewall → lan0 tcp 0-65535 closed: open → dropped only source port 80',
        'firewall → wan0 tcp 0-65535 closed: open → dropped only source port 80',
      ],
    ],
    [
      'another translation',
      { nat: ['iifname "wan0" tcp dport 80 redirect to :22'] },
      [
        'wan0 → firewall tcp 80 translated-otherwise: open → translated: port 80 → 22',
        'wan0 → firewall tcp 80 translated-otherwise: open → translated: to 10.20.1.1 → 203.0.113.1, port 80 → 22 only to 10.20.1.1',
        // Whoever it was sent to: the firewall takes it.
        'wan0 → lan0 tcp 80 opened: dropped → translated: zone lan0 → firewall, to 10.20.1.10 → 203.0.113.1, port 80 → 22',
      ],
    ],
    [
      'a source address is accepted',
      {
        input: [
          RULES.input[0]!,
          'ip saddr 10.9.0.0/16 tcp dport 443 accept',
          ...RULES.input.slice(1),
        ],
      },
      [
        'lan0 → firewall tcp 443 opened: dropped → open only from 10.9.0.1',
        'wan0 → firewall tcp 443 opened: dropped → open only from 10.9.0.1',
      ],
    ],
    [
      'a source port is accepted',
      { forward: [...RULES.forward.slice(0, 2), 'tcp sport 53 accept', 'drop'] },
      ['wan0 → lan0 tcp 0-65535 opened: dropped → open only source port 53'],
    ],
    [
      'a packet length is dropped',
      { input: [RULES.input[0]!, 'meta length 1000-1100 drop', ...RULES.input.slice(1)] },
      [
        'lan0 → firewall tcp 22,80 closed: open → dropped only length 1000',
        'wan0 → firewall tcp 22,80 closed: open → dropped only length 1000',
      ],
    ],
    [
      'a TTL is dropped',
      { input: [RULES.input[0]!, 'ip ttl 7 tcp dport 22 drop', ...RULES.input.slice(1)] },
      [
        'lan0 → firewall tcp 22 closed: open → dropped only TTL 7',
        'wan0 → firewall tcp 22 closed: open → dropped only TTL 7',
      ],
    ],
    [
      'TCP flags of a scan are accepted',
      {
        input: [
          RULES.input[0]!,
          'tcp flags & (fin|syn) == (fin|syn) accept',
          ...RULES.input.slice(1),
        ],
      },
      [
        'lan0 → firewall tcp 0-21,23-79,81-65535 opened: dropped → open only flags fin,syn',
        'wan0 → firewall tcp 0-21,23-79,81-65535 opened: dropped → open only flags fin,syn',
      ],
    ],
    [
      'a DSCP value is dropped, also in packets of the firewall',
      { output: ['ip dscp 46 tcp dport 25 drop'] },
      [
        'firewall → lan0 tcp 25 closed: open → dropped only DSCP 46',
        'firewall → wan0 tcp 25 closed: open → dropped only DSCP 46',
      ],
    ],
    [
      'a mark on packets of the firewall is dropped',
      { output: ['meta mark 9 tcp dport 25 drop'] },
      [
        'firewall → lan0 tcp 25 closed: open → dropped only mark 9',
        'firewall → wan0 tcp 25 closed: open → dropped only mark 9',
      ],
    ],
  ])('%s', async (_, change, expected) => {
    const found = await compare(firewall(text(RULES)), firewall(text({ ...RULES, ...change })))
    expect(found.problems).toEqual([])
    expect(lines(found).toSorted()).toEqual(expected.toSorted())
    expect(found.status).toBe(expected.length === 0 ? 'same' : 'different')
    for (const { row } of summarize(found.tables)) {
      expect(row.replay).toBe(`again ${row.from}`)
      expect(row.evidence?.after.steps.at(-1)?.verdict).toMatch(VERDICT)
    }
  })
})

test('an ICMP code is dropped', async () => {
  const rule = 'icmp type echo-request icmp code 7 drop'
  const [old, young] = [RULES, { ...RULES, input: [rule, 'icmp type echo-request accept', 'drop'] }]
  const before = firewall(text({ ...old, input: ['icmp type echo-request accept', 'drop'] }))
  const found = await compare(before, firewall(text(young)), {
    protocols: ['icmp'],
    from: ['wan0'],
  })
  expect(lines(found)).toEqual(['wan0 → firewall icmp 8 closed: open → dropped only code 7'])
})

describe('a hole in one dimension is found by default', () => {
  test.each<[string, Partial<Rules>, Partial<DiffOptions>, string[]]>([
    [
      'a destination',
      forward('ip daddr 10.20.1.77 tcp dport 25 accept'),
      { to: ['lan0'] },
      ['wan0 → lan0 tcp 25 opened: dropped → open only to 10.20.1.77'],
    ],
    [
      'the edge of a prefix',
      forward('ip saddr 198.51.100.0/31 tcp dport 25 accept'),
      { to: ['lan0'] },
      ['wan0 → lan0 tcp 25 opened: dropped → open only from 198.51.100.0'],
    ],
    [
      'all addresses on the link',
      input('ip daddr 255.255.255.255 udp dport 67 accept'),
      { from: ['wan0'], to: ['firewall'], protocols: ['udp'] },
      [
        'wan0 → firewall udp 67 opened: dropped → open only packets of established flows, to 255.255.255.255',
        'wan0 → firewall udp 67 one-way: dropped → one-way only to 255.255.255.255',
      ],
    ],
    [
      'an ICMP type',
      forward('icmp type timestamp-request accept'),
      { to: ['lan0'], protocols: ['icmp'] },
      ['wan0 → lan0 icmp 13 opened: dropped → open'],
    ],
    [
      'an ICMPv6 type',
      forward('icmpv6 type 200 accept'),
      { to: ['lan0'], protocols: ['icmp'], families: [6] },
      ['wan0 → lan0 icmp 200 opened: dropped → open'],
    ],
    [
      'an IP protocol',
      forward('meta l4proto 47 accept'),
      { to: ['lan0'], protocols: ['ip'] },
      ['wan0 → lan0 ip 47 opened: dropped → open'],
    ],
    [
      'an interval within a set',
      input('tcp dport { 7000-7003, 7010 } accept'),
      { from: ['wan0'] },
      ['wan0 → firewall tcp 7000-7003,7010 opened: dropped → open'],
    ],
    [
      'an element of a named set',
      {
        ...input('tcp dport @more accept'),
        named: ['set more { type inet_service; elements = { 7000 } }'],
      },
      { from: ['wan0'] },
      ['wan0 → firewall tcp 7000 opened: dropped → open'],
    ],
    [
      'a verdict map',
      input('tcp dport vmap { 7000 : accept, 22 : drop }'),
      { from: ['wan0'] },
      [
        'wan0 → firewall tcp 7000 opened: dropped → open',
        'wan0 → firewall tcp 22 closed: open → dropped',
      ],
    ],
    [
      'a named map whose value a later rule compares',
      {
        ...input('meta mark set tcp dport map @marks', 'meta mark 5 accept'),
        named: ['map marks { type inet_service : mark; elements = { 7000 : 5 } }'],
      },
      { from: ['wan0'] },
      ['wan0 → firewall tcp 7000 opened: dropped → open'],
    ],
    [
      'a concatenation',
      input('ip saddr . tcp dport { 198.51.100.7 . 7000 } accept'),
      { from: ['wan0'] },
      ['wan0 → firewall tcp 7000 opened: dropped → open only from 198.51.100.7'],
    ],
    [
      'a user chain reached by interface',
      {
        ...input('iifname vmap { "wan0" : jump mine }'),
        named: ['chain mine {\n tcp sport 53 tcp dport 7000 accept\n}'],
      },
      { from: ['wan0'] },
      ['wan0 → firewall tcp 7000 opened: dropped → open only source port 53'],
    ],
  ])('%s', async (_, change, more, expected) => {
    const found = await compare(
      firewall(text(RULES)),
      firewall(text({ ...RULES, ...change })),
      more,
    )
    expect(found.problems).toEqual([])
    expect(lines(found)).toEqual(expected)
  })
})

// A rule that remembers has every class probed again, and its members held against each other.
test.each([
  ['let through', ['ct state invalid drop', 'iifname "lan0" oifname "wan0" accept', 'drop']],
  ['rejected', ['iifname "lan0" oifname "wan0" reject', 'drop']],
])('a difference that the kernel makes is not reported as unsteady: %s', async (_, rules) => {
  const remembering = 'meta mark 7 limit rate 1/second drop'
  const one = firewall(text({ ...RULES, forward: [remembering, ...rules] }))
  const { status, tables, old } = await compare(one, one, {
    families: [4, 6],
    protocols: ['icmp', 'ip'],
    from: ['lan0'],
    to: ['wan0'],
  })
  expect(tables).toEqual([])
  expect(status).toBe('same')
  expect(old.statefulRules).toEqual([expect.stringContaining('limit rate 1/second')])
})

test('a limit that few probes use up is reached before differences are reported', async () => {
  const limited = (burst: number): Firewall => {
    const rule = `tcp sport 53 tcp dport 7000 limit rate 1/day burst ${burst} packets accept`
    return firewall(text({ ...RULES, input: [rule, 'drop'] }))
  }
  const { status, tables } = await compare(limited(5), limited(20), {
    from: ['wan0'],
    to: ['firewall'],
    ports: PortSet.parse('7000'),
  })
  const limit = { from: 7000, to: 7000, alike: false, rule: expect.stringContaining('burst 20') }
  expect(status).toBe('unknown')
  expect(tables.flatMap(({ changes }) => changes)).toEqual([])
  expect(tables.map(({ unsteady }) => unsteady)).toEqual(tables.map(() => [limit]))
  expect(tables.map(({ combination }) => combination)).toContain('source port 53')
})

test.each([6999, 7001])(
  'a port that opens after a knock at %i is not reported as open',
  async (knock) => {
    const named = ['set knocked { type ipv4_addr; flags dynamic; size 64; }']
    const input = [
      `tcp dport ${knock} add @knocked { ip saddr } drop`,
      'ip saddr @knocked tcp dport 7000 accept',
    ]
    const always = ['ip saddr 0.0.0.0/0 tcp dport 7000 accept']
    const { tables } = await compare(
      firewall(text({ ...RULES, named, input: [...input, 'drop'] })),
      firewall(text({ ...RULES, named, input: [...input, ...always, 'drop'] })),
      { from: ['wan0'], to: ['firewall'] },
    )
    const gate = tables.find(({ ordinary }) => ordinary)!
    expect(gate.changes).toMatchObject([
      { from: 7000, to: 7000, before: { kind: 'unsteady' }, after: { kind: 'open' } },
    ])
  },
)

test('ICMP errors about established flows are dropped', async () => {
  const old = firewall(text(RULES))
  const young = firewall(
    text({ ...RULES, forward: ['ct state established accept', ...RULES.forward.slice(1)] }),
  )
  const found = await compare(old, young, { protocols: ['udp'], from: ['lan0'], to: ['wan0'] })
  expect(lines(found)).toEqual([
    'lan0 → wan0 udp 0-65535 one-way: open → one-way only answered by ICMP errors',
  ])
  expect(found.changedRules.filter(({ state }) => state === 'untested')).toEqual([])
})

test('paths beyond the budget are not reported as the same', async () => {
  const one = firewall(text(RULES))
  const { status, problems } = await compare(one, one, { budget: 40 })
  expect(status).toBe('unknown')
  expect(problems).toEqual([
    expect.stringMatching(/^IPv4: not probed, because the budget is too small: .* TCP/),
  ])
})

describe('an interface that no rule names', () => {
  const chain = (hook: string, policy: string, ...rules: readonly string[]): string =>
    `table inet f {\n\tchain c {\n\t\ttype filter hook ${hook} priority 0; policy ${policy};\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`

  test.each<[string, string, string, string]>([
    [
      'input, after three interfaces that may do everything',
      chain('input', 'drop', 'iifname { "a0", "b0", "c0" } accept', 'udp dport 53 accept'),
      chain('input', 'drop', 'iifname { "a0", "b0", "c0" } accept', 'tcp dport 5432 accept'),
      'other → firewall tcp 5432 opened: dropped → open',
    ],
    [
      'output',
      chain('output', 'drop', 'oifname { "a0", "b0" } accept', 'ct state established accept'),
      chain('output', 'drop', 'oifname { "a0", "b0" } accept', 'tcp dport 25 accept'),
      'firewall → other tcp 25 opened: dropped → open',
    ],
    [
      'forward, by a negated match',
      chain('forward', 'drop', 'ct state established accept', 'iifname "a0" accept'),
      chain(
        'forward',
        'drop',
        'ct state established accept',
        'iifname != "a0" oifname "a0" tcp dport 8080 accept',
        'iifname "a0" accept',
      ),
      'other → a0 tcp 8080 opened: dropped → open',
    ],
    [
      'the policy of a chain whose rules all match an interface',
      chain('input', 'drop', 'iifname "a0" accept', 'iifname "b0" accept'),
      chain('input', 'accept', 'iifname "a0" accept', 'iifname "b0" accept'),
      'other → firewall tcp 0-65535 opened: dropped → open',
    ],
  ])('%s', async (_, old, young, expected) => {
    const parts = [firewall(old), firewall(young)] as const
    const plan = inferLab(parts.flatMap((one) => one.parts)).plan
    const found = await compare(...parts, { plan })
    expect(found.status).toBe('different')
    expect(lines(found)).toContain(expected)
  })
})
