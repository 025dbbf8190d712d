/** Flows that stand: the ruleset is changed under them, and each direction is told apart. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Zone } from '../../src/lab/zone.ts'
import type { Family } from '../../src/net/protocol.ts'
import { INTERNET, ZONES } from '../../src/ruleset/fixtures.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

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

/** Longer than the slowest machine takes between two packets of a flow. */
const EXPIRY_S = 10
/** The kernel ends what has expired at the next look at it: it is not there a moment later. */
const AFTERWARDS_MS = (EXPIRY_S + 1) * 1000

/** Every flow expires after a while in which nothing is sent. */
const expiring = (family: Family, protocol: 'tcp' | 'udp'): string => `table inet t
delete table inet t
table inet t {
	ct timeout brief {
		protocol ${protocol}
		l3proto ${family === 4 ? 'ip' : 'ip6'}
		policy = { ${protocol === 'tcp' ? '' : `unreplied: ${EXPIRY_S}, `}${protocol === 'tcp' ? 'established' : 'replied'}: ${EXPIRY_S} }
	}
	chain f {
		type filter hook forward priority filter; policy drop;
		ct timeout set "brief"
		ct state established accept
		${protocol} dport 873-880 accept
	}
}
`

const untracked = `table inet raw {
	chain p {
		type filter hook prerouting priority raw; policy accept;
		notrack
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
      lab.openFlows({ ...path(family), protocol, numbers: PORTS, name })

    test.each([
      ['a ruleset that keeps established flows', ['ct state established accept'], 'both ways'],
      ['a ruleset that blocks the port', ['ct state new accept'], 'neither way'],
      [
        'a ruleset that blocks the way out',
        ['ct state established ct direction reply accept'],
        'only back',
      ],
      [
        'a ruleset that blocks the answers',
        ['ct state established ct direction original accept'],
        'only towards the target',
      ],
    ])('%s', async (name, rules, expected) => {
      await lab.load(open)
      const opened = await establish(name)
      expect(opened).toEqual({ observed: [{ ...PORTS[0], value: 'completed' }], losses: {} })
      expect((await lab.checkFlows(name)).observed).toEqual([{ ...PORTS[0], value: 'both ways' }])
      await lab.load(forward(...rules))
      const seen = { observed: [{ ...PORTS[0], value: expected }], losses: {} }
      expect(await lab.checkFlows(name)).toEqual(seen)
      // Asked once more, with the same bytes where they did not arrive.
      expect(await lab.checkFlows(name)).toEqual(seen)
      await lab.load(open)
      expect((await lab.checkFlows(name)).observed).toEqual([{ ...PORTS[0], value: 'both ways' }])
    })

    test('flows that were never opened are left out', async () => {
      await lab.load(forward('ct state established accept', `${protocol} dport 873-876 accept`))
      const opened = await establish('some')
      expect(opened.observed).toMatchObject([
        { from: 873, to: 876, value: 'completed' },
        { from: 877, to: 880 },
      ])
      expect((await lab.checkFlows('some')).observed).toEqual([
        { from: 873, to: 876, value: 'both ways' },
      ])
    })

    test('flows that the harness flushed prove nothing', async () => {
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
      expect((await lab.checkFlows('forgotten')).losses).toEqual({
        'connection tracking: flushed by the harness': 1,
      })
    })

    test('sweeps between opening and checking flows leave them alone', async () => {
      await lab.load(open)
      await establish('kept')
      const all = { numbers: [{ from: 0, to: 65535 }], answer: 'reply' } as const
      await lab.sweep({ ...path(family), protocol, ...all })
      const seen = { observed: [{ ...PORTS[0], value: 'both ways' }], losses: {} }
      expect(await lab.checkFlows('kept')).toEqual(seen)
    })

    test('without connection tracking, flows cannot expire', async () => {
      await lab.load(
        forward(`${protocol} dport 873-880 accept`, `${protocol} sport 873-880 accept`),
      )
      await lab.load(untracked)
      await establish('untracked')
      const seen = { observed: [{ ...PORTS[0], value: 'both ways' }], losses: {} }
      expect(await lab.checkFlows('untracked')).toEqual(seen)
      await lab.load('delete table inet raw\n')
    })
  })
})

// All labs wait at once: each has flows of its own, and a sandbox for all.
test('flows that expired in the kernel prove nothing', async () => {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  try {
    const flows = ([4, 6] as const).flatMap((family) =>
      (['tcp', 'udp'] as const).map((protocol) => ({ ...path(family), family, protocol })),
    )
    const opened = await Promise.all(
      flows.map(async ({ family, ...flow }) => {
        const lab = await sandbox.openLab({ family, zones: [ZONES[0]!, INTERNET] })
        await lab.load(expiring(family, flow.protocol))
        const { observed } = await lab.openFlows({ ...flow, numbers: PORTS, name: 'expired' })
        expect(observed).toMatchObject([{ value: 'completed' }])
        return lab
      }),
    )
    await setTimeout(AFTERWARDS_MS)
    for (const lab of opened)
      expect((await lab.checkFlows('expired')).losses).toEqual({
        'connection tracking: flows forgotten': 8,
      })
  } finally {
    await sandbox.close()
  }
})

function path(family: Family) {
  const address = (zone: Zone): string => zone.addresses.find((a) => a.family === family)!.address
  return { from: 'shop', to: 'internet', source: address(ZONES[0]!), target: address(INTERNET) }
}
