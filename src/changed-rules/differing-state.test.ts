import { expect, test } from 'vitest'
import type { Firewall, Inspection } from '../firewall/firewall.ts'
import { differingState } from './differing-state.ts'

const script = (file: string, lines: readonly string[]): Firewall => ({
  origin: file,
  parts: [
    {
      kind: 'script',
      file,
      text: `${lines.join('\n')}\n`,
      stretches: [{ from: 1, file, line: 1 }],
    },
  ],
})

const left = (state: Readonly<Record<string, string>>, saved = ''): Inspection => ({
  ...{ nft: {}, listing: '', legacy: {}, state },
  saved: { 4: saved },
})

const told = (...args: Parameters<typeof differingState>): string[] =>
  differingState(...args).map(({ file, line, rule }) => `${file}:${line ?? '?'} ${rule}`)

const RULE = '-A INPUT -m set --match-set banned src -j DROP'

test('ipset elements that only one script adds are reported with their lines', () => {
  const same = 'create banned hash:net family inet\nadd banned 10.0.0.0/8'
  expect(
    told({
      old: {
        firewall: script('old.sh', ['ipset create banned hash:net', 'ipset add banned 10.0.0.0/8']),
        inspection: left({ ipset: same }, RULE),
      },
      new: {
        firewall: script('new.sh', [
          'ipset restore <<X',
          'add banned 10.0.0.0/8',
          'add banned 192.0.2.0/24',
          'X',
        ]),
        inspection: left({ ipset: `${same}\nadd banned 192.0.2.0/24` }, RULE),
      },
    }),
  ).toEqual(['new.sh:3 ipset add banned 192.0.2.0/24'])
})

test('an ipset that no rule uses is not a difference', () => {
  const firewall = script('x.sh', [])
  const [old, young] = [left({ ipset: 'add a 10.0.0.1' }), left({ ipset: 'add a 10.0.0.2' })]
  expect(
    told({ old: { firewall, inspection: old }, new: { firewall, inspection: young } }),
  ).toEqual([])
})

test('different settings are reported, also when the lab hides them', () => {
  const old = {
    firewall: script('old.sh', ['sysctl -w net.ipv4.ip_forward=1']),
    inspection: left({}),
  }
  const rewritten = script('new.sh', ['echo 1 > /proc/sys/net/ipv4/ip_forward'])
  expect(told({ old, new: { firewall: rewritten, inspection: left({}) } })).toEqual([])
  const [on, off] = ['net.ipv4.conf.all.rp_filter = 1', 'net.ipv4.conf.all.rp_filter = 0']
  expect(
    told({
      old: { firewall: script('old.sh', []), inspection: left({ sysctl: off }) },
      new: {
        firewall: script('new.sh', [
          '# filter',
          'sysctl -w net.ipv4.conf.all.rp_filter=1',
          'sysctl -w net.ipv4.conf.all.log_martians=1',
          'sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=600',
          'modprobe nf_nat_ftp',
        ]),
        inspection: left({ sysctl: on }),
      },
    }),
  ).toEqual([
    'old.sh:? net.ipv4.conf.all.rp_filter = 0',
    'new.sh:2 net.ipv4.conf.all.rp_filter = 1',
    'new.sh:4 sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=600',
    'new.sh:5 modprobe nf_nat_ftp',
  ])
})
