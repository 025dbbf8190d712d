/** For tests of planning: the Internet with one IPv4 address, and a place in a scenario. */
import type { Zone } from '../lab/zone.ts'

export const AT = { file: 's.yaml', line: 1, column: 1 }
export const INTERNET: Zone = {
  name: 'internet',
  kind: 'internet',
  link: 'wan0',
  addresses: [{ family: 4, address: '203.0.113.10', prefixLength: 24 }],
}
