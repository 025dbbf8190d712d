import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PortSet, type Range } from '../net/port-set.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import { clause, policyOf, section } from '../policy/egress/fixtures.ts'
import type { Opening } from '../policy/grant.ts'
import { alternativesOf } from './alternatives.ts'
import { requestOf } from './fixtures.ts'
import { openAnyway } from './grants.ts'
import { RISKS } from './risk-table.ts'
import { newlyOpen, risksOf } from './risks.ts'

function opening(parts: Partial<Opening>): Opening {
  return { tcp: PortSet.empty, udp: PortSet.empty, destinations: [], ...parts }
}

const only = (protocol: PortProtocol, ports: PortSet): Opening => opening({ [protocol]: ports })

const ids = (of: Opening): string[] => risksOf(of).map(({ id }) => id)

describe('the table', () => {
  test('has a unique id, a reason and a source for each risk', () => {
    expect(new Set(RISKS.map(({ id }) => id)).size).toBe(RISKS.length)
    for (const { id, title, reason, source, ports } of RISKS)
      expect({ id, ok: [title, reason, source].every(Boolean) && !ports.isEmpty }).toEqual({
        id,
        ok: true,
      })
  })

  test.each(RISKS.map((entry) => [entry.id, entry] as const))(
    '%s: each of its ports has the risk, no neighbouring port, and not over the other protocol',
    (id, { ports, protocols }) => {
      for (const protocol of PORT_PROTOCOLS) {
        const hits = protocols.includes(protocol)
        for (const port of ports) {
          const found = risksOf(only(protocol, PortSet.of(port))).find((risk) => risk.id === id)
          expect({ port, protocol, found: found?.[protocol].toString() }).toEqual({
            port,
            protocol,
            found: hits ? `${port}` : undefined,
          })
        }
        expect(ids(only(protocol, ports.complement()))).not.toContain(id)
      }
    },
  )

  // Written out by hand, so that a slip in the table is seen.
  test.each<[PortProtocol, string, string[]]>([
    ['tcp', '25', ['smtp']],
    ['tcp', '465', ['submission']],
    ['tcp', '587', ['submission']],
    ['udp', '53', ['dns']],
    ['udp', '123', ['ntp']],
    ['udp', '137', ['netbios-ns', 'netbios']],
    ['udp', '161', ['snmp']],
    ['udp', '389', ['cldap']],
    ['udp', '1900', ['ssdp']],
    ['udp', '11211', ['memcached']],
    ['udp', '5353', ['mdns']],
    ['udp', '3702', ['ws-discovery']],
    ['udp', '5683', ['coap']],
    ['udp', '3283', ['arms']],
    ['tcp', '445', ['smb']],
    ['tcp', '2049', ['nfs']],
    ['tcp', '3389', ['rdp']],
    ['udp', '3389', ['rdp']],
    ['tcp', '5901', ['vnc']],
    ['tcp', '6063', ['x11']],
    ['tcp', '6667', ['irc']],
    ['tcp', '23', ['telnet']],
    ['tcp', '53', []],
    ['udp', '25', []],
    ['udp', '51820', []],
    ['tcp', '0', []],
    ['tcp', '65535', []],
  ])('%s %s: %j', (protocol, ports, expected) => {
    expect(ids(only(protocol, PortSet.parse(ports)))).toEqual(expected)
  })
})

describe('the number of ports', () => {
  test.each<[string, string | undefined]>([
    ['30000-30999', undefined],
    ['30000-31000', 'wide-range'],
    ['1-32768', 'wide-range'],
    ['1-32769', 'any-port'],
    ['0-65535', 'any-port'],
  ])('%s: %s', (ports, expected) => {
    const [first] = risksOf(only('udp', PortSet.parse(ports)))
    if (expected === undefined) expect(first).toBeUndefined()
    else expect(first).toMatchObject({ id: expected, udp: PortSet.parse(ports) })
  })

  test('is reported for each protocol', () => {
    const wide = PortSet.parse('30000-31000')
    expect(ids(opening({ tcp: wide, udp: wide }))).toEqual(['wide-range', 'wide-range'])
  })
})

const ranges = fc.array(
  fc
    .tuple(fc.nat(65535), fc.nat(65535))
    .map(([a, b]): Range => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  { maxLength: 4 },
)
const sets = ranges.map((list) => PortSet.of(...list))

test('a risk names only newly opened ports', () => {
  fc.assert(
    fc.property(sets, sets, sets, sets, (tcp, udp, allowed, restricted) => {
      const lines = [clause('allow', '0')].map((c) => ({ ...c, numbers: allowed }))
      const limits = [clause('deny', '0')].map((c) => ({ ...c, numbers: restricted }))
      const own = section(lines, limits, 'allow')
      const policy = policyOf({ tcp: own, udp: own })
      for (const risk of risksOf(newlyOpen({ ...opening({ tcp, udp }), project: 'shop' }, policy)))
        for (const protocol of PORT_PROTOCOLS) {
          expect(risk[protocol].intersect(openAnyway(policy, protocol, 'shop')).isEmpty).toBe(true)
          expect(risk[protocol].subtract({ tcp, udp }[protocol]).isEmpty).toBe(true)
        }
    }),
  )
})

describe('narrower alternatives', () => {
  const policy = policyOf({ tcp: section([clause('allow', '443')], [], 'deny') })
  const advice = (more: Record<string, string>): string[] => {
    const request = requestOf(more)
    return alternativesOf(request, newlyOpen(request, policy)).map(({ id }) => id)
  }
  const decided = 'by: a, on: 2026-06-02, reason: b'

  test.each<[string, Record<string, string>, string[]]>([
    ['SMTP to all destinations', {}, ['submission', 'destinations', 'expiry']],
    ['SMTP to a provider', { destinations: '[198.51.100.0/24]' }, ['submission', 'expiry']],
    [
      'submission, approved without an end date',
      { ports: '{ tcp: 587 }', decision: `{ status: approved, ${decided} }` },
      ['destinations', 'expiry'],
    ],
    [
      'approved until a date',
      { ports: '{ tcp: 587 }', decision: `{ status: approved, until: 2026-12-31, ${decided} }` },
      ['destinations'],
    ],
    ['a wide range', { ports: '{ tcp: 2000-4000 }' }, ['destinations', 'single-ports', 'expiry']],
    ['partly open', { ports: '{ tcp: [443, 8443] }' }, ['destinations', 'expiry', 'leave-out']],
    ['all open', { ports: '{ tcp: 443 }' }, ['leave-out']],
    [
      'rejected',
      { ports: '{ tcp: 8443 }', decision: `{ status: rejected, ${decided} }` },
      ['destinations'],
    ],
  ])('%s', (_, more, expected) => {
    expect(advice(more)).toEqual(expected)
  })
})
