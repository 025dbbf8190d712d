/** A given ruleset for the shop's egress that remembers packets: what depends on earlier ones is neither open nor a pass. */

import { expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import type { Protocol } from '../../src/net/protocol.ts'
import { isPlain } from '../../src/report/connections.ts'
import { load, runHere } from '../../tools/testing/wrong.ts'

const FEW = { families: [4] as const, protocols: ['tcp'] as Protocol[] }

/** All that the policy opens, and one rule for HTTPS before it. */
const ruleset = (https: string): string => `table inet shop {
  set knocked { type ipv4_addr; flags dynamic; size 64; }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ${https}
    tcp dport { 22, 53, 80, 123, 1025-65535 } accept
  }
}
`

test.each([
  [
    'a limit that only many probes reach',
    'tcp dport 443 limit rate 1/day burst 300 packets accept',
  ],
  [
    'a knock at a lower port',
    'tcp dport 22 add @knocked { ip saddr } accept\nip saddr @knocked tcp dport 443 accept',
  ],
  [
    'a knock at a higher port',
    'tcp dport 444 add @knocked { ip saddr } drop\nip saddr @knocked tcp dport 443 accept',
  ],
])('%s', async (_, https) => {
  const ports = PortSet.parse('20-24,79-81,440-450')
  const { scenarios, status } = await runHere({
    loaded: load('default-egress'),
    ruleset: { origin: 'given', text: ruleset(https) },
    ports,
    ...FEW,
  })
  const ordinary = scenarios[0]!.tables.filter(isPlain)
  const rows = ordinary.flatMap((table) => table.rows)
  const wrong = rows.filter(({ verdict }) => verdict !== 'conforms')
  expect(wrong).toMatchObject([{ from: 443, to: 443, observed: { kind: 'unsteady' } }])
  expect(status).toBe('unknown')
})

test('a limit shared by many ports makes all of them unsteady', async () => {
  const shared = ruleset('tcp dport 443 accept').replace(
    '1025-65535 } accept',
    '443 } accept\n tcp dport 1025-65535 limit rate 1/day burst 100 packets accept',
  )
  const { scenarios, status } = await runHere({
    loaded: load('default-egress'),
    ruleset: { origin: 'given', text: shared },
    ...FEW,
  })
  const ordinary = scenarios[0]!.tables.filter(isPlain)
  const rows = ordinary.flatMap((table) => table.rows)
  const wrong = rows.filter(({ verdict }) => verdict !== 'conforms')
  expect(wrong).toMatchObject([{ from: 1025, to: 65535, observed: { kind: 'unsteady' } }])
  expect(status).toBe('unknown')
})

test('the same rules without state conform', async () => {
  const { status } = await runHere({
    loaded: load('default-egress'),
    ruleset: { origin: 'given', text: ruleset('tcp dport 443 accept') },
    ...FEW,
  })
  expect(status).toBe('conforms')
})
