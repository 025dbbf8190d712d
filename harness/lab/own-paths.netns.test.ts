/**
 * The firewall itself at an end of the path, and packets that it translates:
 *
 *     wan host 203.0.113.10 ─ wan0 .1 ┐
 *                                     ├ firewall
 *     lan host 10.20.1.10 ─── lan0 .1 ┘  behind lan also 10.30.0.0/16
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIREWALL, type LabZone } from '../../src/lab/lab.ts'
import type { PacketFields } from '../../src/net/packet-fields.ts'
import { FAMILIES, type Protocol } from '../../src/net/protocol.ts'
import { type RangeMap, valueAt } from '../../src/net/range-map.ts'
import type { Observation, Outcome } from '../../src/result/outcome.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const WAN: LabZone = {
  name: 'wan',
  link: 'wan0',
  isDefault: true,
  addresses: [
    { family: 4, address: '203.0.113.10', prefixLength: 24 },
    { family: 6, address: '2001:db8:1::10', prefixLength: 64 },
  ],
}
const LAN: LabZone = {
  name: 'lan',
  link: 'lan0',
  routes: ['10.30.0.0/16', 'fd00:30::/32'],
  addresses: [
    { family: 4, address: '10.20.1.10', prefixLength: 24 },
    { family: 6, address: 'fd00:20::10', prefixLength: 64 },
  ],
}
const PORTS = [{ from: 20, to: 29 }]

const kinds = (observed: RangeMap<Observation>) =>
  Object.fromEntries(
    observed.flatMap(({ from, to, value }) =>
      Array.from({ length: to - from + 1 }, (_, i) => [from + i, words(value.outcome)]),
    ),
  )

function words(outcome: Outcome): string {
  if (outcome.kind === 'translated') return `${outcome.way}: ${outcome.change}`
  if (outcome.kind === 'rejected')
    return outcome.by.kind === 'icmp' ? `icmp ${outcome.by.type}/${outcome.by.code}` : 'reset'
  return outcome.kind
}

/** Tables of these chains in place of all that was there. */
const ruleset = (...chains: readonly string[]): string =>
  `flush ruleset\ntable inet t {\n${chains.map((chain) => `\tchain ${chain}\n`).join('')}}\n`
const chain = (hook: string, ...rules: readonly string[]): string =>
  `${hook} {\n\t\ttype filter hook ${hook} priority 0\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}`
const nat = (hook: string, priority: number, ...rules: readonly string[]): string =>
  `nat_${hook} {\n\t\ttype nat hook ${hook} priority ${priority}\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}`

describe.each(FAMILIES)('over IPv%i', (family) => {
  let sandbox: Sandbox
  let lab: Lab
  beforeAll(async () => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    lab = await sandbox.openLab({
      family,
      zones: [WAN, LAN],
      watchesFirewall: true,
      longestFrame: 1600,
    })
  })
  afterAll(() => sandbox.close())

  const of = (zone: LabZone): string => zone.addresses.find((a) => a.family === family)!.address
  const wanOwn = family === 4 ? '203.0.113.1' : '2001:db8:1::1'
  const ip = family === 4 ? 'ip' : 'ip6'
  const input = { from: 'wan', to: FIREWALL, source: of(WAN), target: wanOwn }
  const output = { from: FIREWALL, to: 'wan', source: wanOwn, target: of(WAN) }
  const forward = { from: 'wan', to: 'lan', source: of(WAN), target: of(LAN) }

  async function sweep(
    path: typeof input,
    protocol: Protocol,
    fields: PacketFields = {},
    numbers = PORTS,
  ) {
    const report = await lab.sweep({ ...path, ...fields, protocol, numbers, answer: 'reply' })
    expect(report.losses).toEqual({})
    return kinds(report.observed)
  }
  const all = (value: string) =>
    Object.fromEntries(Array.from({ length: 10 }, (_, i) => [20 + i, value]))

  test('without rules everything gets in and out', async () => {
    await lab.load('flush ruleset\n')
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

  test('input: accepted, rejected, dropped, and answers that do not get out', async () => {
    await lab.load(
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

  test('output: accepted, rejected, dropped, and answers that do not get in', async () => {
    await lab.load(
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

  test('translations: to another port, to a host behind another link, to the firewall itself', async () => {
    const behind = family === 4 ? '10.30.7.7' : 'fd00:30::7'
    const to = family === 4 ? behind : `[${behind}]`
    await lab.load(
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

  test('lengths and TTLs', async () => {
    const long = family === 4 ? 'ip length' : 'ip6 length'
    const at = (bytes: number): number => (family === 4 ? bytes : bytes - 40)
    const hops = family === 4 ? 'ip ttl' : 'ip6 hoplimit'
    await lab.load(
      ruleset(
        chain('input', `${long} ${at(1000)} drop`, `${hops} 9 drop`),
        chain('forward', `${long} > ${at(999)} drop`, `${hops} 9 drop`),
      ),
    )
    for (const protocol of ['tcp', 'udp'] as const) {
      expect(await sweep(input, protocol, { length: 999 })).toEqual(all('open'))
      expect(await sweep(input, protocol, { length: 1000 })).toEqual(all('dropped'))
      expect(await sweep(forward, protocol, { length: 999 })).toEqual(all('open'))
      expect(await sweep(forward, protocol, { length: 1500 })).toEqual(all('dropped'))
      // The forward hook comes after the hop is counted.
      expect(await sweep(input, protocol, { ttl: 9 })).toEqual(all('dropped'))
      expect(await sweep(forward, protocol, { ttl: 10 })).toEqual(all('dropped'))
      expect(await sweep(forward, protocol, { ttl: 9 })).toEqual(all('open'))
      expect(await sweep(forward, protocol, { ttl: 1 })).toEqual(
        all(family === 4 ? 'icmp 11/0' : 'icmp 3/0'),
      )
    }
  })

  test('a probe of any length is known again, and so is what comes back', async () => {
    await lab.load('flush ruleset\n')
    const least = family === 4 ? 36 : 56
    for (let length = least; length < least + 10; length++)
      for (const path of [input, forward, output])
        for (const protocol of ['tcp', 'udp', 'icmp'] as const)
          expect(await sweep(path, protocol, { length }, [{ from: 128, to: 128 }])).toEqual({
            128: 'open',
          })
  })

  test('segments that are no SYN', async () => {
    const [fin, syn, rst, ack] = [1, 2, 4, 16]
    await lab.load(
      ruleset(
        chain(
          'input',
          'tcp flags & (fin|syn|rst|ack) == ack reject with tcp reset',
          'tcp flags & (fin|syn) == (fin|syn) drop',
        ),
        chain(
          'forward',
          'tcp flags & (fin|syn|rst|ack) == ack reject with tcp reset',
          'tcp flags & (fin|syn) == (fin|syn) drop',
        ),
      ),
    )
    for (const path of [input, forward]) {
      expect(await sweep(path, 'tcp', { flags: ack })).toEqual(all('reset'))
      expect(await sweep(path, 'tcp', { flags: fin | syn })).toEqual(all('dropped'))
      expect(await sweep(path, 'tcp', { flags: fin | ack })).toEqual(all('open'))
      expect(await sweep(path, 'tcp', { flags: rst })).toEqual(all('open'))
      expect(await sweep(path, 'tcp', { flags: 0 })).toEqual(all('open'))
    }
  })

  // A reset acknowledges SYN, FIN and data, and nothing of what has none of these (RFC 9293 §3.10.7.1).
  test('resets are known to be those of their probes, whatever the flags', async () => {
    const reset = 'reject with tcp reset'
    await lab.load(
      ruleset(chain('input', `tcp dport 22 ${reset}`), chain('forward', `tcp dport 22 ${reset}`)),
    )
    const rst = 4
    for (const flags of [0, 1, 2, 3, 8, 16, 17, 18, 24, 32, 41, 63])
      for (const path of [input, forward])
        for (const length of [undefined, 300]) {
          const fields = { flags, ...(length === undefined ? {} : { length }) }
          const seen = await sweep(path, 'tcp', fields, [{ from: 21, to: 23 }])
          // Nothing answers a reset; what is no answer to anything is let through.
          const answered = flags & rst ? 'dropped' : 'reset'
          expect({ flags, length, seen }).toEqual({
            flags,
            length,
            seen: { 21: 'open', 22: answered, 23: 'open' },
          })
        }
  })

  test('classes of service, and codes of ICMP', async () => {
    const ip = family === 4 ? 'ip' : 'ip6'
    const [icmp, echo] = family === 4 ? ['icmp', 8] : ['icmpv6', 128]
    const rules = [`${ip} dscp 46 drop`, `${icmp} type echo-request ${icmp} code 7 drop`]
    await lab.load(
      ruleset(chain('input', ...rules), chain('forward', ...rules), chain('output', ...rules)),
    )
    for (const path of [input, forward, output]) {
      for (const protocol of ['tcp', 'udp'] as const)
        for (const dscp of [0, 45, 46, 47, 63])
          expect(await sweep(path, protocol, { dscp }, [{ from: 22, to: 22 }])).toEqual({
            22: dscp === 46 ? 'dropped' : 'open',
          })
      for (const code of [0, 6, 7])
        expect(await sweep(path, 'icmp', { code }, [{ from: echo, to: echo }])).toEqual({
          [echo]: code === 7 ? 'dropped' : 'open',
        })
    }
  })

  test('many at once, from every port', async () => {
    await lab.load(ruleset(chain('input', 'tcp dport 1000-1999 drop')))
    const report = await lab.sweep({
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

test('a witness that loses messages makes silences worthless', async () => {
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
    expect(observed.some(({ value }) => value.outcome.kind === 'dropped')).toBe(false)
  } finally {
    await sandbox.close()
  }
})
