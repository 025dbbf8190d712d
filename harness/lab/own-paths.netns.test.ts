/** The firewall itself at an end of the path, and packets that it translates. The lab is drawn in tools/testing/own-paths.ts. */
import { describe, expect, test } from 'vitest'
import { FIREWALL } from '../../src/lab/lab.ts'
import { FAMILIES } from '../../src/net/protocol.ts'
import { valueAt } from '../../src/net/range-map.ts'
import { all, chain, LAN, nat, openOwnPaths, ruleset, WAN } from '../../tools/testing/own-paths.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

describe.each(FAMILIES)('over IPv%i', (family) => {
  const { of, wanOwn, input, output, forward, sweep, lab } = openOwnPaths(family)
  const ip = family === 4 ? 'ip' : 'ip6'

  test('without rules, everything passes in and out', async () => {
    await lab().load('flush ruleset\n')
    for (const path of [input, output])
      for (const protocol of ['tcp', 'udp'] as const)
        expect(await sweep(path, protocol)).toEqual(all('open'))
    const every = [{ from: 0, to: 255 }]
    for (const path of [input, output])
      for (const protocol of ['icmp', 'ip'] as const)
        expect(new Set(Object.values(await sweep(path, protocol, {}, every)))).toEqual(
          new Set(['open']),
        )
  })

  test('input: accepted, rejected, dropped, and answers dropped on the way out', async () => {
    await lab().load(
      ruleset(
        chain(
          'input',
          'tcp dport 20 accept',
          'tcp dport 21 reject with tcp reset',
          'tcp dport 22 reject',
          'tcp dport 23-24 accept',
          'drop',
        ),
        chain('output', 'tcp sport 23 drop'),
      ),
    )
    expect(await sweep(input, 'tcp')).toMatchObject({
      20: 'open',
      21: 'reset',
      22: family === 4 ? 'icmp 3/3' : 'icmp 1/4',
      23: 'one-way',
      24: 'open',
      25: 'dropped',
    })
    expect(await sweep(input, 'udp')).toEqual(all('dropped'))
  })

  test('output: accepted, rejected, dropped, and answers dropped on the way in', async () => {
    await lab().load(
      ruleset(
        chain(
          'output',
          'tcp dport 20 accept',
          'tcp dport 21 reject with tcp reset',
          'tcp dport 22 drop',
          'meta mark 7 drop',
          'udp dport 25 reject',
        ),
        chain('input', 'tcp sport 23 drop'),
      ),
    )
    expect(await sweep(output, 'tcp')).toMatchObject({
      20: 'open',
      21: 'reset',
      22: 'dropped',
      23: 'one-way',
      24: 'open',
    })
    const rejected = family === 4 ? 'icmp 3/3' : 'icmp 1/4'
    expect(await sweep(output, 'udp')).toEqual({ ...all('open'), 25: rejected })
    expect(await sweep(output, 'udp', { mark: 7 })).toEqual(all('dropped'))
  })

  test('translation to another port, to a host behind another link, and to the firewall itself', async () => {
    const behind = family === 4 ? '10.30.7.7' : 'fd00:30::7'
    const to = family === 4 ? behind : `[${behind}]`
    await lab().load(
      ruleset(
        nat(
          'prerouting',
          -100,
          'tcp dport 20 redirect to :29',
          `tcp dport 21 dnat ${ip} to ${to}:80`,
          `tcp dport 22 dnat ${ip} to ${to}`,
          'tcp dport 23 redirect to :28',
        ),
        nat('postrouting', 100, 'oifname "wan0" masquerade'),
        chain('input', 'tcp dport 28 reject with tcp reset'),
        chain('output', 'tcp sport 29 tcp dport 1-65535 accept'),
      ),
    )
    expect(await sweep(input, 'tcp')).toMatchObject({
      20: 'open: port 20 → 29',
      21: `open: zone firewall → lan, to ${wanOwn} → ${behind}, port 21 → 80`,
      22: `open: zone firewall → lan, to ${wanOwn} → ${behind}`,
      23: 'reset',
      24: 'open',
    })
    expect(await sweep(forward, 'tcp')).toMatchObject({
      20: expect.stringMatching(/^open: zone lan → firewall, to .*, port 20 → 29$/),
      21: `open: to ${of(LAN)} → ${behind}, port 21 → 80`,
      24: 'open',
    })
    const back = { from: 'lan', to: 'wan', source: of(LAN), target: of(WAN) }
    expect((await sweep(back, 'udp'))[24]).toBe(`open: from ${of(LAN)} → ${wanOwn}`)
  })

  test('all 65,536 ports are swept without losses', async () => {
    await lab().load(ruleset(chain('input', 'tcp dport 1000-1999 drop')))
    const report = await lab().sweep({
      ...input,
      protocol: 'tcp',
      numbers: [{ from: 0, to: 65535 }],
      answer: 'reply',
    })
    expect(report.losses).toEqual({})
    expect(
      report.observed.map(({ from, to, value }) => `${from}-${to} ${value.outcome.kind}`),
    ).toEqual(['0-999 open', '1000-1999 dropped', '2000-65535 open'])
    expect(valueAt(report.observed, 1000)?.attempts).toHaveLength(2)
  })
})

test('when the witness loses messages, silence never counts as dropped', async () => {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  try {
    const lab = await sandbox.openLab({ family: 4, zones: [WAN, LAN] }, { receiveBuffer: 1 })
    const path = { from: 'wan', to: FIREWALL, source: '203.0.113.10', target: '203.0.113.1' }
    await lab.load(ruleset(chain('output', 'drop')))
    const { losses, observed } = await lab.sweep({
      ...path,
      protocol: 'tcp',
      numbers: [{ from: 0, to: 4095 }],
      answer: 'reply',
    })
    expect(losses['witness: messages lost']).toBeGreaterThan(0)
    expect(observed.map(({ value }) => value.outcome.kind)).not.toContain('dropped')
  } finally {
    await sandbox.close()
  }
})
