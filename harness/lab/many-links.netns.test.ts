/** A lab of a hundred and fifty links: every link is heard, and what is lost on any of them is told of. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Zone } from '../../src/lab/zone.ts'
import { FAMILIES, type Family } from '../../src/net/protocol.ts'
import { INTERNET } from '../../src/ruleset/fixtures.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const LINKS = 150
const PROJECTS = Array.from(
  { length: LINKS - 1 },
  (_, i): Zone => ({
    name: `p${i}`,
    kind: 'project',
    link: `tap${i}`,
    addresses: [
      { family: 4, address: `10.${i >> 8}.${i & 0xff}.10`, prefixLength: 24 },
      { family: 6, address: `2001:db8:1:${i.toString(16)}::10`, prefixLength: 64 },
    ],
  }),
)
const ZONES = [...PROJECTS, INTERNET]
const FIRST = PROJECTS[0]!
const LAST = PROJECTS.at(-1)!
/** Rejections go to whom the source address belongs to: nobody on the path that is swept. */
const REJECTING = `table inet t {
	chain f {
		type filter hook forward priority filter; policy accept;
		udp dport 1000-60999 reject
	}
}
`

// The kernel takes 20 ms for each packet socket (packet_release waits for RCU),
// one after the other: those of both sandboxes side by side.
const sandboxes: Sandbox[] = []
afterAll(() => Promise.all(sandboxes.map((sandbox) => sandbox.close())))

describe.each(FAMILIES)('over IPv%i', (family) => {
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
    sandboxes.push(sandbox)
  })

  const spoofed = (lab: Lab, ports: { from: number; to: number }) =>
    lab.sweep({
      from: FIRST.name,
      to: 'internet',
      source: own(LAST, family),
      target: own(INTERNET, family),
      protocol: 'udp',
      numbers: [ports],
      answer: 'reply',
    })

  test('a loss on a link outside of the path is counted', async () => {
    const lab = await sandbox.openLab({ family, zones: ZONES }, { receiveBuffer: 1 })
    await lab.load(REJECTING)
    const { losses } = await spoofed(lab, { from: 1000, to: 3000 })
    expect(Object.keys(losses)).toContain(`${LAST.name}: receive queue overflowed`)
    await lab.close()
  })

  test('a packet that arrives on a link outside of the path is seen and not lost', async () => {
    const lab = await sandbox.openLab({ family, zones: ZONES })
    await lab.load(REJECTING)
    const { observed, losses } = await spoofed(lab, { from: 0, to: 65535 })
    expect(losses).toEqual({})
    expect(observed.map(({ from, to, value }) => [from, to, value.outcome.kind])).toEqual([
      [0, 999, 'one-way'],
      [1000, 60999, 'rejected'],
      [61000, 65535, 'one-way'],
    ])
    await lab.close()
  })

  test('a probe can leave and arrive on every link, in two labs at once', async () => {
    const labs = await Promise.all([1, 2].map(() => sandbox.openLab({ family, zones: ZONES })))
    await Promise.all(labs.map((lab) => everyLink(lab, family)))
    await Promise.all(labs.map((lab) => lab.close()))
  })
})

async function everyLink(lab: Lab, family: Family): Promise<void> {
  const wrong: string[] = []
  for (const [i, zone] of PROJECTS.entries()) {
    const to = PROJECTS[(i + 1) % PROJECTS.length]!
    const { observed, losses } = await lab.sweep({
      from: zone.name,
      to: to.name,
      source: own(zone, family),
      target: own(to, family),
      protocol: 'tcp',
      numbers: [{ from: 443, to: 443 }],
      answer: 'reply',
    })
    const kinds = observed.map(({ value }) => value.outcome.kind)
    if (kinds.join() !== 'open' || Object.keys(losses).length > 0) wrong.push(zone.name)
  }
  expect(wrong).toEqual([])
}

function own(zone: Zone, family: Family): string {
  return zone.addresses.find((a) => a.family === family)!.address
}
