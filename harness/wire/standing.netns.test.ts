/** Flows that stand: the ruleset is changed under them, and each direction is told apart. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Family } from '../../src/flow.ts'
import { ZONES } from '../../src/ruleset/fixtures.ts'
import type { Zone } from '../../src/scenario.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const INTERNET: Zone = {
  name: 'internet',
  kind: 'internet',
  link: 'wan0',
  addresses: [
    { family: 4, address: '203.0.113.10', prefixLength: 24 },
    { family: 6, address: '2001:db8:ffff::10', prefixLength: 64 },
  ],
}
const PORTS = [{ from: 873, to: 880 }]

/** A table whose forward chain has these rules; the same again replaces it. */
const forward = (...rules: readonly string[]): string => `table inet t
delete table inet t
table inet t {
	chain f {
		type filter hook forward priority filter; policy drop;
${rules.map((rule) => `\t\t${rule}`).join('\n')}
	}
}
`

describe.each([4, 6] as const)('over IPv%i', (family) => {
  describe.each(['tcp', 'udp'] as const)('%s', (protocol) => {
    const open = forward('ct state established accept', `${protocol} dport 873-880 accept`)
    let sandbox: Sandbox
    let lab: Lab

    beforeAll(async () => {
      sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
      lab = await sandbox.openLab({ family, zones: [ZONES[0]!, INTERNET] })
    })
    afterAll(() => sandbox.close())

    const establish = (name: string) =>
      lab.establish({ ...path(family), protocol, numbers: PORTS, name })

    test.each([
      ['a ruleset that keeps what is established', ['ct state established accept'], 'both ways'],
      ['one that blocks the port', ['ct state new accept'], 'neither way'],
      [
        'one that blocks the way out',
        ['ct state established ct direction reply accept'],
        'only back',
      ],
      [
        'one that blocks the way back',
        ['ct state established ct direction original accept'],
        'only towards the target',
      ],
    ])('%s', async (name, rules, expected) => {
      await lab.load(open)
      const opened = await establish(name)
      expect(opened).toEqual({ observed: [{ ...PORTS[0], value: 'completed' }], losses: {} })
      expect((await lab.carry(name)).observed).toEqual([{ ...PORTS[0], value: 'both ways' }])
      await lab.load(forward(...rules))
      const seen = { observed: [{ ...PORTS[0], value: expected }], losses: {} }
      expect(await lab.carry(name)).toEqual(seen)
      // Asked once more, with the same bytes where they did not arrive.
      expect(await lab.carry(name)).toEqual(seen)
      await lab.load(open)
      expect((await lab.carry(name)).observed).toEqual([{ ...PORTS[0], value: 'both ways' }])
    })

    test('flows that were never opened are left out', async () => {
      await lab.load(forward('ct state established accept', `${protocol} dport 873-876 accept`))
      const opened = await establish('some')
      expect(opened.observed).toMatchObject([
        { from: 873, to: 876, value: 'completed' },
        { from: 877, to: 880 },
      ])
      expect((await lab.carry('some')).observed).toEqual([
        { from: 873, to: 876, value: 'both ways' },
      ])
    })

    test('flows that the harness made the kernel forget prove nothing', async () => {
      await lab.load(open)
      await establish('forgotten')
      // From a port that was given, a sweep must begin with an empty table.
      await lab.sweep({
        ...path(family),
        protocol,
        numbers: [{ from: 1, to: 1 }],
        answer: 'reply',
        sourcePort: 53,
      })
      expect((await lab.carry('forgotten')).losses).toEqual({
        'connection tracking: emptied by the harness': 1,
      })
    })
  })
})

function path(family: Family) {
  const address = (zone: Zone): string => zone.addresses.find((a) => a.family === family)!.address
  return { from: 'shop', to: 'internet', source: address(ZONES[0]!), target: address(INTERNET) }
}
