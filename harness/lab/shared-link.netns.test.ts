/**
 * Two projects on one link:
 *
 *     shop 10.20.1.10/24 ┐
 *     blog 10.20.2.10/24 ┴─ tap0 ─ firewall ─ wan0 ─ internet 203.0.113.10/24
 *
 * Each is told apart by its address, in what it sends and in what it gets.
 */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Zone } from '../../src/lab/zone.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { FAMILIES, PROTOCOLS } from '../../src/net/protocol.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Observation } from '../../src/result/outcome.ts'
import { INTERNET, ZONES } from '../../src/ruleset/fixtures.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { COMPLETED } from '../wire/handshake-steps.ts'

const SHOP: Zone = { ...ZONES[0]!, link: 'tap0' }
const BLOG: Zone = { ...ZONES[1]!, link: 'tap0' }
const ZONES_HERE = [SHOP, BLOG, INTERNET]
const NUMBERS = [{ from: 0, to: 255 }]
/** Longer than a link-local address is tentative (RFC 4862 §5.4): what the kernel does with one must not matter. */
const SETTLED_MS = 2500

/** A table whose forward chain has this policy and these rules, in place of the one before. */
const forward = (policy: 'accept' | 'drop', ...rules: readonly string[]): string => `table inet t
delete table inet t
table inet t {
	chain f {
		type filter hook forward priority filter; policy ${policy};
${rules.map((rule) => `\t\t${rule}`).join('\n')}
	}
}
`

describe.each(FAMILIES)('over IPv%i', (family) => {
  let sandbox: Sandbox
  let lab: Lab
  beforeAll(async () => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    lab = await sandbox.openLab({ family, zones: ZONES_HERE })
    await setTimeout(SETTLED_MS)
  })
  afterAll(() => sandbox.close())

  const own = (zone: Zone): string => zone.addresses.find((a) => a.family === family)!.address
  const path = (from: Zone, to: Zone, as = from) => ({
    from: from.name,
    to: to.name,
    source: own(as),
    target: own(to),
  })
  const ip = family === 4 ? 'ip' : 'ip6'

  // The kernel tells a sender of a shorter way before it asks the ruleset, and
  // quotes the probe; only now and then, so this comes first (RFC 4861 §8.2).
  test('an ICMP redirect is not taken for the probe that it quotes', async () => {
    await lab.load(forward('drop'))
    const spec = { ...path(SHOP, BLOG), protocol: 'udp', numbers: NUMBERS } as const
    const { observed } = await lab.sweep({ ...spec, answer: 'reply' })
    expect(kinds(observed)).toEqual({ dropped: '0-255' })
  })

  describe.each([
    ['out', SHOP, INTERNET],
    ['out, through the other project', BLOG, INTERNET],
    ['in', INTERNET, SHOP],
    ['in, to the other project', INTERNET, BLOG],
    ['back out of the incoming link', SHOP, BLOG],
    ['the same path in the other direction', BLOG, SHOP],
  ])('%s', (_way, from, to) => {
    test.each(PROTOCOLS)('%s: all ports dropped, then all open', async (protocol) => {
      const spec = { ...path(from, to), protocol, numbers: NUMBERS, answer: 'reply' } as const
      await lab.load(forward('drop'))
      const blocked = await lab.sweep(spec)
      expect(kinds(blocked.observed)).toEqual({ dropped: '0-255' })
      await lab.load(forward('accept'))
      const free = await lab.sweep(spec)
      expect(kinds(free.observed)).toEqual({ open: '0-255' })
      expect({ ...blocked.losses, ...free.losses }).toEqual({})
    })
  })

  test('a rule for one project does not apply to the other', async () => {
    const rule = `${ip} saddr ${own(SHOP)} tcp dport 25 accept`
    await lab.load(forward('drop', 'ct state established accept', rule))
    const seen = async (from: Zone) => {
      const spec = { ...path(from, INTERNET), protocol: 'tcp', numbers: NUMBERS } as const
      return kinds((await lab.sweep({ ...spec, answer: 'reply' })).observed)
    }
    expect(await seen(SHOP)).toEqual({ open: '25', dropped: '0-24,26-255' })
    expect(await seen(BLOG)).toEqual({ dropped: '0-255' })
  })

  test.each([
    ['accept', 'one-way'],
    [`${ip} saddr ${own(BLOG)} reject`, 'rejected'],
  ])('with the source address of the other project, %s is %s', async (rule, kind) => {
    await lab.load(forward('accept', rule))
    const spec = { ...path(SHOP, INTERNET, BLOG), protocol: 'udp', numbers: NUMBERS } as const
    const { observed } = await lab.sweep({ ...spec, answer: 'reply' })
    // Replies go to whom the address belongs to.
    expect(kinds(observed)).toEqual({ [kind]: '0-255' })
  })

  test.each(['tcp', 'udp'] as const)('%s: handshakes and established flows', async (protocol) => {
    await lab.load(forward('accept'))
    for (const [from, to] of [
      [SHOP, INTERNET],
      [INTERNET, BLOG],
      [BLOG, SHOP],
    ] as const) {
      const spec = { ...path(from, to), protocol, numbers: NUMBERS } as const
      const completed = { observed: [{ from: 0, to: 255, value: COMPLETED }], losses: {} }
      expect(await lab.handshake(spec)).toEqual(completed)
      expect(await lab.openFlows({ ...spec, name: protocol })).toEqual(completed)
      const checked = { observed: [{ from: 0, to: 255, value: 'both ways' }], losses: {} }
      expect(await lab.checkFlows(protocol)).toEqual(checked)
    }
  })

  test('a loss is reported for the shared link', async () => {
    const faults = { loseProbe: { number: 80, attempts: [0] } }
    const lossy = await sandbox.openLab({ family, zones: ZONES_HERE }, faults)
    const spec = { ...path(BLOG, INTERNET), protocol: 'tcp', numbers: NUMBERS } as const
    const { losses } = await lossy.sweep({ ...spec, answer: 'reply' })
    expect(losses).toEqual({ 'tap0: frames not sent': 1 })
    await lossy.close()
  })
})

/** Numbers by what became of them. */
function kinds(observed: RangeMap<Observation>): Record<string, string> {
  const by = Map.groupBy(observed, ({ value }) => value.outcome.kind)
  const numbers = (spans: RangeMap<unknown>): string => `${PortSet.of(...spans)}`
  return Object.fromEntries([...by].map(([kind, spans]) => [kind, numbers(spans)]))
}
