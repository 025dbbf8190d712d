/** Projects and golden cases for the compiler's tests. */
import { clause, policyOf, section } from '../policy/fixtures.ts'
import type { Policy } from '../policy/policy.ts'
import type { Zone } from '../scenario.ts'

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

export interface GoldenCase {
  readonly name: string
  readonly policy: Policy
  readonly projects: readonly Zone[]
}

const rejecting = policyOf({
  tcp: section([clause('allow', '22')], [clause('restrict', '0-1024')], 'allow', {
    blocked: 'tcp-reset',
  }),
  udp: section([clause('allow', '53,123,8000-8999')], [], 'restrict', {
    blocked: 'admin-prohibited',
  }),
})

const closed = policyOf({
  tcp: section([], [], 'restrict'),
  udp: section([], [clause('restrict', '0-65535')], 'allow'),
  icmp: section([], [], 'restrict', { last: 255 }),
})

const openWithHoles = policyOf({
  tcp: section(
    [],
    [clause('restrict', '25'), clause('restrict', '137-139,445', { line: 5 })],
    'allow',
  ),
  udp: section([clause('allow', '0-65535')], [], 'restrict'),
  icmp: section([], [clause('restrict', '5', { family: 4 })], 'allow', { last: 255 }),
  protocols: section([clause('allow', '47,50-51')], [], 'restrict', { last: 255 }),
  inbound: section([], [], 'allow'),
})

export const GOLDEN: readonly GoldenCase[] = [
  { name: 'one-project', policy: policyOf(), projects: ZONES.slice(0, 1) },
  { name: 'three-projects', policy: policyOf(), projects: ZONES },
  { name: 'no-project', policy: policyOf(), projects: [] },
  { name: 'rejecting', policy: rejecting, projects: ZONES.slice(0, 1) },
  { name: 'closed', policy: closed, projects: ZONES.slice(0, 1) },
  { name: 'open-with-holes', policy: openWithHoles, projects: ZONES.slice(0, 1) },
]

export function goldenPath(name: string): string {
  return new URL(`./golden/${name}.nft`, import.meta.url).pathname
}
