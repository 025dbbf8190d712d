/** Random policy files of both formats, as text, with every key that decides something. */
import fc from 'fast-check'

type Pair = readonly [number, number]

const range = (last: number): fc.Arbitrary<Pair> =>
  fc
    .tuple(fc.integer({ min: 0, max: last }), fc.integer({ min: 0, max: last }))
    .map(([a, b]): Pair => [Math.min(a, b), Math.max(a, b)])

const single = (last: number): fc.Arbitrary<Pair> =>
  fc.integer({ min: 0, max: last }).map((n): Pair => [n, n])

interface Line {
  readonly ranges: readonly Pair[]
  readonly families: readonly (4 | 6)[]
  readonly list: 'allow' | 'deny' | 'default' | 'restrict'
}

const lines = (last: number): fc.Arbitrary<Line[]> =>
  fc.array(
    fc.record({
      ranges: fc.array(fc.oneof(range(last), single(last)), { minLength: 1, maxLength: 3 }),
      families: fc.subarray([4, 6] as const, { minLength: 1 }),
      list: fc.constantFrom<Line['list']>('allow', 'deny', 'default', 'restrict'),
    }),
    { maxLength: 5 },
  )

const otherwise = fc.constantFrom('allow', 'deny', 'restrict')
const section = (last: number, blockings: readonly string[]) =>
  fc.record({ lines: lines(last), otherwise, blocked: fc.constantFrom('', ...blockings) })

const ICMP_ERRORS = ['port-unreachable', 'host-unreachable', 'no-route', 'admin-prohibited']
const file = fc.record({
  blocked: fc.constantFrom('drop', 'reject'),
  tcp: section(65_535, ['drop', 'reject', 'tcp-reset', ...ICMP_ERRORS]),
  udp: section(65_535, ['drop', 'reject', ...ICMP_ERRORS]),
  icmp: section(255, []),
  protocols: section(255, []),
  inbound: otherwise,
  revoked: fc.constantFrom('', 'keep', 'cut'),
})

/** Protocols with sections of their own are not listed among the IP protocols. */
const OWN = new Set([1, 6, 17, 58])

function writtenNumbers(key: string, { ranges, families }: Line): string {
  if (key === 'types')
    return ranges
      .flatMap(([from, to]) => families.map((family) => `"ipv${family}/${from}-${to}"`))
      .join(', ')
  if (key === 'ports') return ranges.map(([from, to]) => `"${from}-${to}"`).join(', ')
  return ranges
    .flatMap(([from, to]) => [...new Set([from, Math.floor((from + to) / 2), to])])
    .filter((n) => !OWN.has(n))
    .join(', ')
}

const KEYS = { tcp: 'ports', udp: 'ports', icmp: 'types', protocols: 'protocols' } as const

function sectionText(
  name: keyof typeof KEYS,
  { lines, otherwise, blocked }: { lines: readonly Line[]; otherwise: string; blocked: string },
): string[] {
  const key = KEYS[name]
  const some = (list: string, of: readonly Line['list'][]): string[] => {
    const own = lines
      .filter((line) => of.includes(line.list))
      .map((line) => ({ value: writtenNumbers(key, line), isDefault: line.list === 'default' }))
      .filter(({ value }) => value !== '')
    const more = (isDefault: boolean): string => (isDefault ? ', unless: allowed' : '')
    return own.length === 0
      ? []
      : [
          `  ${list}:`,
          ...own.map(
            ({ value, isDefault }) => `    - { ${key}: [${value}]${more(isDefault)}, source: s }`,
          ),
        ]
  }
  return [
    `${name}:`,
    ...some('allow', ['allow']),
    ...some('deny', ['deny', 'default']),
    ...some('restrict', ['restrict']),
    ...(blocked === '' ? [] : [`  blocked: ${blocked}`]),
    `  otherwise: ${otherwise}`,
  ]
}

/** The text of an egress policy. */
export const egressFiles: fc.Arbitrary<string> = file.map((parts) =>
  [
    'policy: some\ntitle: Some\ndirection: egress',
    `blocked: ${parts.blocked}`,
    ...(['tcp', 'udp', 'icmp', 'protocols'] as const).flatMap((name) =>
      sectionText(name, parts[name]),
    ),
    `inbound: { otherwise: ${parts.inbound} }`,
    ...(parts.revoked === '' ? [] : [`grants: { revoked: ${parts.revoked} }`]),
  ].join('\n'),
)

const HEAD = `policy: some
title: Some
zones: [wan, lan, dmz]
hosts:
  web: { zone: dmz, addresses: [192.0.2.80, "2001:db8:2::80"] }
  admin: { zone: lan, addresses: [10.20.1.5] }
`
const ZONE_OF: Readonly<Record<string, string>> = { web: 'dmz', admin: 'lan' }
const NAMES = ['wan', 'lan', 'dmz', 'web', 'admin', 'firewall']
const names = fc.oneof(fc.constant(['any']), fc.subarray(NAMES, { minLength: 1, maxLength: 3 }))
const HOW = ['blocked', 'drop', 'reject', 'tcp-reset', ...ICMP_ERRORS]
const TRAFFIC = [
  'any',
  'tcp',
  'udp',
  'icmp',
  'tcp/20-40,443',
  'tcp/30',
  'udp/53,100-200',
  'icmp/echo-request',
  'icmp/ipv4/3-5',
  'ip/gre,esp',
  'ip/59',
]

const statement = fc
  .record({
    from: names,
    to: names,
    list: fc.constantFrom('allow', 'deny', 'default', 'forbid'),
    traffic: fc.subarray(TRAFFIC, { minLength: 1, maxLength: 3 }),
    by: fc.constantFrom('', ...HOW),
    families: fc.constantFrom('', 'families: [ipv4], ', 'families: [ipv6], '),
  })
  .filter(({ from, to }) => !staysIn([...from, ...to]))
  .filter(({ traffic, families }) => families === '' || !traffic.includes('icmp/ipv4/3-5'))

function staysIn(all: readonly string[]): boolean {
  const zones = new Set(all.map((name) => (name === 'any' ? name : (ZONE_OF[name] ?? name))))
  return zones.size === 1 && !zones.has('any')
}

const flow = (list: readonly string[]): string => `[${list.map((one) => `"${one}"`).join(', ')}]`

/** The text of a policy for zones. */
export const zoneFiles: fc.Arbitrary<string> = fc
  .record({
    otherwise: fc.constantFrom('', 'allow', ...HOW),
    statements: fc.array(statement, { maxLength: 6 }),
  })
  .map(({ otherwise, statements }) =>
    [
      `${HEAD}${otherwise === '' ? '' : `otherwise: ${otherwise}\n`}statements:${statements.length === 0 ? ' []' : ''}`,
      ...statements.map(({ from, to, list, traffic, by, families }) => {
        const key = list === 'default' ? 'deny' : list
        const more = list === 'default' ? ', unless: allowed' : ''
        const how = by === '' || list === 'allow' ? '' : `, by: ${by}`
        return `  - { ${families}from: ${flow(from)}, to: ${flow(to)}, ${key}: ${flow(traffic)}${more}${how} }`
      }),
    ].join('\n'),
  )
