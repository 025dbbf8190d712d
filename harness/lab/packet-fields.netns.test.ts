/** Packets with lengths, hop limits, TCP flags, DSCP and ICMP codes of their own, to and through the firewall. */
import { describe, expect, test } from 'vitest'
import { FAMILIES } from '../../src/net/protocol.ts'
import { all, chain, openOwnPaths, ruleset } from '../../tools/testing/own-paths.ts'

describe.each(FAMILIES)('over IPv%i', (family) => {
  const { input, output, forward, sweep, lab } = openOwnPaths(family)

  test('probes have the given length and TTL', async () => {
    const long = family === 4 ? 'ip length' : 'ip6 length'
    const at = (bytes: number): number => (family === 4 ? bytes : bytes - 40)
    const hops = family === 4 ? 'ip ttl' : 'ip6 hoplimit'
    await lab().load(
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

  test('probes of any length and their answers are recognized', async () => {
    await lab().load('flush ruleset\n')
    const least = family === 4 ? 36 : 56
    for (let length = least; length < least + 10; length++)
      for (const path of [input, forward, output])
        for (const protocol of ['tcp', 'udp', 'icmp'] as const)
          expect(await sweep(path, protocol, { length }, [{ from: 128, to: 128 }])).toEqual({
            128: 'open',
          })
  })

  test('TCP segments have the given flags', async () => {
    const [fin, syn, rst, ack] = [1, 2, 4, 16]
    await lab().load(
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
  test('resets are matched to their probes for any flags', async () => {
    const reset = 'reject with tcp reset'
    await lab().load(
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

  test('probes have the given DSCP and ICMP code', async () => {
    const ip = family === 4 ? 'ip' : 'ip6'
    const [icmp, echo] = family === 4 ? ['icmp', 8] : ['icmpv6', 128]
    const rules = [`${ip} dscp 46 drop`, `${icmp} type echo-request ${icmp} code 7 drop`]
    await lab().load(
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
})
