/** Projects and expected rulesets for the compiler's tests. */
import fc from 'fast-check'
import type { Zone } from '../lab/zone.ts'
import { readAnyPrefix } from '../net/address.ts'
import { PortSet } from '../net/port-set.ts'
import { clause, policyOf, section } from '../policy/egress/fixtures.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'

const zone = (name: string, link: string, third: number): Zone => ({
  name,
  kind: 'project',
  link,
  addresses: [
    { family: 4, address: `10.20.${third}.10`, prefixLength: 24 },
    { family: 6, address: `2001:db8:20:${third}::10`, prefixLength: 64 },
  ],
})

export const ZONES: readonly Zone[] = [
  zone('shop', 'shop0', 1),
  zone('blog', 'blog0', 2),
  zone('mail', 'mail0', 3),
]

/** Two projects on one link, with prefixes of different lengths. */
export const SHARED: readonly Zone[] = [
  ZONES[0]!,
  {
    name: 'blog',
    kind: 'project',
    link: 'shop0',
    addresses: [
      { family: 4, address: '10.20.2.130', prefixLength: 25 },
      { family: 6, address: '2001:db8:20:2::10', prefixLength: 64 },
    ],
  },
]

export const INTERNET: Zone = {
  name: 'internet',
  kind: 'internet',
  link: 'wan0',
  addresses: [
    { family: 4, address: '203.0.113.10', prefixLength: 24 },
    { family: 6, address: '2001:db8:ffff::10', prefixLength: 64 },
  ],
}

export interface GoldenCase {
  readonly name: string
  readonly policy: Policy
  readonly projects: readonly Zone[]
  /** Absent: the smallest ruleset. Empty: one that takes grants and has none. */
  readonly grants?: readonly Grant[]
}

/** Both forms of a ruleset without grants: the third argument of `compile`. */
export const FORMS: readonly (readonly [string, readonly Grant[] | undefined])[] = [
  ['smallest', undefined],
  ['for grants', []],
]

/** `25,587/tcp 51820/udp` for one project, with optional destination prefixes. */
export function grant(
  request: string,
  project: string,
  { tcp = '', udp = '', to = [] }: { tcp?: string; udp?: string; to?: readonly string[] },
): Grant {
  const ports = (text: string) => (text === '' ? PortSet.empty : PortSet.parse(text))
  return {
    request,
    project,
    tcp: ports(tcp),
    udp: ports(udp),
    destinations: to.map((text) => {
      const reading = readAnyPrefix(text)
      if (!reading.ok) throw new Error(reading.message)
      return reading.value
    }),
    label: `grant ${request}`,
    at: { file: `requests/${request}.yaml`, line: 1, column: 1 },
  }
}

export const GRANTS: readonly Grant[] = [
  grant('submission', 'shop', { tcp: '465,587' }),
  grant('provider', 'shop', { tcp: '25', to: ['198.51.100.0/24', '2001:db8:25::/48'] }),
  grant('tunnel', 'blog', { udp: '51820', tcp: '700-800' }),
]

const rejecting = policyOf({
  tcp: section([clause('allow', '22')], [clause('deny', '0-1024')], 'allow', {
    blocked: 'tcp-reset',
  }),
  udp: section([clause('allow', '53,123,8000-8999')], [], 'deny', {
    blocked: 'admin-prohibited',
  }),
})

const closed = policyOf({
  tcp: section([], [], 'deny'),
  udp: section([], [clause('deny', '0-65535')], 'allow'),
  icmp: section([], [], 'deny', { last: 255 }),
})

const openWithHoles = policyOf({
  tcp: section([], [clause('deny', '25'), clause('deny', '137-139,445', { line: 5 })], 'allow'),
  udp: section([clause('allow', '0-65535')], [], 'deny'),
  icmp: section([], [clause('deny', '5', { family: 4 })], 'allow', { last: 255 }),
  protocols: section([clause('allow', '47,50-51')], [], 'deny', { last: 255 }),
  inbound: section([], [], 'allow'),
})

const WITHOUT_GRANTS: readonly GoldenCase[] = [
  { name: 'one-project', policy: policyOf(), projects: ZONES.slice(0, 1) },
  { name: 'three-projects', policy: policyOf(), projects: ZONES },
  { name: 'no-project', policy: policyOf(), projects: [] },
  { name: 'rejecting', policy: rejecting, projects: ZONES.slice(0, 1) },
  { name: 'closed', policy: closed, projects: ZONES.slice(0, 1) },
  { name: 'open-with-holes', policy: openWithHoles, projects: ZONES.slice(0, 1) },
  { name: 'cut', policy: policyOf({ grants: { revoked: 'cut' } }), projects: ZONES.slice(0, 1) },
  { name: 'shared-link', policy: policyOf(), projects: SHARED },
]

export const GOLDEN: readonly GoldenCase[] = [
  ...WITHOUT_GRANTS,
  ...WITHOUT_GRANTS.map((one) => ({ ...one, name: `${one.name}-for-grants`, grants: [] })),
  { name: 'grants-kept', policy: policyOf(), projects: ZONES, grants: GRANTS },
  {
    name: 'grants-cut',
    policy: policyOf({ grants: { revoked: 'cut' } }),
    projects: SHARED,
    grants: GRANTS,
  },
]

export function goldenPath(name: string): string {
  return new URL(`./golden/${name}.nft`, import.meta.url).pathname
}

const ports = (first: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    fc.integer({ min: first, max: 65000 }).map(String),
    fc
      .tuple(fc.integer({ min: first, max: 65000 }), fc.integer({ min: 1, max: 500 }))
      .map(([from, more]) => `${from}-${from + more}`),
    fc.array(fc.integer({ min: first, max: 65535 }), { minLength: 1, maxLength: 4 }).map(String),
  )

const one = fc
  .record({
    project: fc.constantFrom('shop', 'blog', 'mail'),
    tcp: ports(0),
    udp: ports(0),
    to: fc.subarray(['198.51.100.0/24', '192.0.2.7', '2001:db8:25::/48'], { maxLength: 3 }),
  })
  .filter(({ tcp, udp }) => tcp !== '' || udp !== '')

/** Random grants for ZONES; some overlap. */
export const manyGrants: fc.Arbitrary<Grant[]> = fc
  .array(one, { maxLength: 8 })
  .map((all) => all.map(({ project, ...opens }, i) => grant(`g${i}`, project, opens)))
