/** Three zones, and the combinations of fields that rules make between them, for tests. */
import type { LabZone } from '../lab/lab.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { inspectionOf, payload } from '../nft/facts-fixtures.ts'
import { type Combination, combinationsOf } from './combinations.ts'
import { factsOf } from './extract.ts'
import type { PathSpec } from './field-values.ts'

const zone = (name: string, v4: string, more: Partial<LabZone> = {}): LabZone => ({
  name,
  link: name,
  addresses: [{ family: 4, address: v4, prefixLength: 24 }],
  ...more,
})
export const LAN = zone('lan', '192.168.1.10', { routes: ['10.9.0.0/16'] })
const DMZ = zone('dmz', '192.168.2.10')
const WAN = zone('wan', '203.0.113.10', { isDefault: true })
const ZONES = [LAN, DMZ, WAN]

export const factsFrom = (...rules: object[][]): RuleFacts =>
  factsOf(inspectionOf(rules.map((expr) => ({ expr }))))
export const pathOf = (
  facts: RuleFacts,
  from: string,
  to: string,
  more: Partial<PathSpec> = {},
): PathSpec => ({
  facts: [facts],
  zones: ZONES,
  path: { from, to },
  family: 4,
  protocol: 'tcp',
  ...more,
})
export const all = (spec: PathSpec): Combination[] => [...combinationsOf(spec)]
export const standing = (spec: PathSpec): Combination[] =>
  all(spec).filter(({ tier }) => tier !== 'edge')

export const SADDR = payload('ip', 'saddr')
export const DADDR = payload('ip', 'daddr')
export const prefix = (addr: string, len: number): object => ({ prefix: { addr, len } })
export const EMPTY = factsFrom()
