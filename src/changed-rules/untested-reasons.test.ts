import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { Demand } from './demands.ts'
import { notAsked, type Scope } from './untested-reasons.ts'

const ALL: Scope = {
  ...{ families: undefined, protocols: undefined, ports: undefined },
  ...{ paths: [], isPart: false, links: new Map() },
}

/** Of a rule that compares fields with one number each. */
const demand = (fields: Readonly<Record<string, number>>): Demand =>
  ({
    root: { family: 'inet', base: { hook: 'input' } },
    tests: Object.entries(fields).map(([field, n]) => ({
      ...{ kind: 'number', field, isNot: false, intervals: [[n, n]] },
    })),
  }) as unknown as Demand

test.each<[string, Record<string, number>, Partial<Scope>, string | undefined]>([
  ['TCP', { protocol: 6 }, { protocols: ['ip'] }, 'its protocol is not compared'],
  ['UDP', { protocol: 17 }, { protocols: ['ip', 'tcp'] }, 'its protocol is not compared'],
  ['GRE', { protocol: 47 }, { protocols: ['ip'] }, undefined],
  ['ESP', { protocol: 50 }, ports(['ip'], '47'), 'its protocol is not compared'],
  ['GRE', { protocol: 47 }, ports(['ip'], '47'), undefined],
  ['ICMP', { protocol: 1 }, { protocols: ['udp'] }, undefined],
  ['type 13', { protocol: 1, icmpType: 13 }, ports(['icmp'], '8'), 'its ICMP type is not compared'],
  ['type 8', { protocol: 1, icmpType: 8 }, ports(['icmp'], '8'), undefined],
  ['an error', { protocol: 1, icmpType: 3 }, ports(['udp'], '53'), undefined],
  ['port 22', { destinationPort: 22 }, ports(['tcp'], '25'), 'its ports are not compared'],
  ['everything', { protocol: 47 }, {}, undefined],
])('a rule about %s, compared with %j: %j', (_, fields, scope, reason) => {
  expect(notAsked(demand(fields), { ...ALL, ...scope })).toBe(reason)
})

function ports(protocols: NonNullable<Scope['protocols']>, text: string): Partial<Scope> {
  return { protocols, ports: PortSet.parse(text) }
}
