/** Rulesets as large as they come: made by counting, so that every run has the same ones. */

export interface LargeRuleset {
  readonly name: string
  /** What there is much of: `1,000,000 IPv4 elements`. */
  readonly what: string
  readonly file: string
  readonly text: string
}

/** How many of each; a test takes fewer. */
export interface Sizes {
  readonly elements: number
  readonly intervals: number
  readonly rules: number
  readonly verdicts: number
  readonly concatenated: number
}

export const SIZES: Sizes = {
  elements: 1_000_000,
  intervals: 130_000,
  rules: 20_000,
  verdicts: 100_000,
  concatenated: 100_000,
}

const of = (count: number, what: string): string => `${count.toLocaleString('en')} ${what}`

function ruleLists(rules: number, port: number): LargeRuleset[] {
  return [
    {
      name: 'rules',
      what: of(rules, 'rules with constants of their own'),
      file: 'rules.nft',
      text: nft(
        '',
        list(rules, (i) => `ip saddr ${address(i)} tcp dport ${portOf(i)} accept`),
        port,
      ),
    },
    {
      name: 'iptables',
      what: of(rules, 'rules as iptables-save writes them'),
      file: 'rules.v4',
      text: saved(rules, port),
    },
  ]
}

/** `port`: what every one of them lets in besides; two of one kind differ in that. */
export function largeRulesets(sizes: Sizes, port: number): LargeRuleset[] {
  const { elements, intervals, rules, verdicts, concatenated } = sizes
  return [
    {
      name: 'elements',
      what: of(elements, 'IPv4 elements of a set'),
      file: 'elements.nft',
      text: nft(
        set(
          'banned',
          'ipv4_addr',
          list(elements, (i) => address(i)),
        ),
        ['ip saddr @banned drop'],
        port,
      ),
    },
    {
      name: 'intervals',
      what: of(intervals, 'prefixes and ranges of a set'),
      file: 'intervals.nft',
      text: nft(
        set('banned', 'ipv4_addr\n    flags interval', list(intervals, interval)),
        ['ip saddr @banned drop'],
        port,
      ),
    },
    ...ruleLists(rules, port),
    {
      name: 'verdicts',
      what: of(verdicts, 'elements of a verdict map'),
      file: 'verdicts.nft',
      text: nft(
        map(
          'decide',
          list(verdicts, (i) => `${address(i)} : ${i % 3 ? 'drop' : 'accept'}`),
        ),
        ['ip saddr vmap @decide'],
        port,
      ),
    },
    {
      name: 'concatenated',
      what: of(concatenated, 'elements of a concatenation'),
      file: 'concatenated.nft',
      text: nft(
        set(
          'allowed',
          'ipv4_addr . inet_service',
          list(concatenated, (i) => `${address(i)} . ${portOf(i)}`),
        ),
        ['ip saddr . tcp dport @allowed accept'],
        port,
      ),
    },
  ]
}

const list = (count: number, make: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** Scattered over 10.0.0.0/8 and what follows it, no two alike: an odd step visits all of a power of two. */
function address(i: number): string {
  const n = (10 << 24) + ((i * 2_654_435) % (1 << 22)) * 2
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.')
}

function interval(i: number): string {
  const n = (20 << 24) + i * 16
  const text = (m: number): string =>
    [m >>> 24, (m >>> 16) & 255, (m >>> 8) & 255, m & 255].join('.')
  return i % 2 ? `${text(n)}/29` : `${text(n)}-${text(n + 4)}`
}

const portOf = (i: number): number => 1024 + ((i * 7919) % 60_000)

const set = (name: string, type: string, elements: readonly string[]): string =>
  `  set ${name} {\n    type ${type}\n    elements = { ${elements.join(',\n      ')} }\n  }\n`

const map = (name: string, elements: readonly string[]): string =>
  `  map ${name} {\n    type ipv4_addr : verdict\n    elements = { ${elements.join(',\n      ')} }\n  }\n`

function nft(sets: string, rules: readonly string[], port: number): string {
  return `table inet filter {
${sets}  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
${rules.map((rule) => `    iifname "eth0" ${rule}\n`).join('')}    iifname "eth0" tcp dport ${port} accept
  }
}
`
}

function saved(rules: number, port: number): string {
  const own = list(
    rules,
    (i) => `-A INPUT -s ${address(i)}/32 -i eth0 -p tcp -m tcp --dport ${portOf(i)} -j ACCEPT`,
  )
  return [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...own,
    `-A INPUT -i eth0 -p tcp -m tcp --dport ${port} -j ACCEPT`,
    'COMMIT',
    '',
  ].join('\n')
}
