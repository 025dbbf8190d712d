/** Packets of flows that were opened before, and of none, are compared on every path that a changed rule is on. */
import { describe, expect, test } from 'vitest'
import type { Firewall, PartKind } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import type { Protocol } from '../../src/net/protocol.ts'
import { IN_FLOW, STRAY } from '../../src/result/diff.ts'
import { sharedSandbox } from '../../tools/testing/sandboxes.ts'
import { runDiff } from './diff.ts'

const sandbox = sharedSandbox(4)

const firewall = (text: string, file: string, kind: PartKind): Firewall => ({
  origin: file,
  parts: [{ kind, file, text, stretches: [{ from: 1, file, line: 1 }] }],
})

interface Only {
  readonly from: string
  readonly to: string
  readonly protocol?: Protocol
  readonly kind?: PartKind
}

async function compare(old: string, young: string, { from, to, protocol, kind = 'nft' }: Only) {
  const sides = { old: firewall(old, 'old', kind), new: firewall(young, 'new', kind) }
  const found = await runDiff({
    ...{ sandbox: sandbox(), jobs: 2, ...sides, quick: true, plan: PLAN },
    ...{ delta: undefined, budget: undefined, from: [from], to: [to] },
    ...{ families: [4, 6], protocols: [protocol ?? 'tcp'], ports: undefined },
    signal: new AbortController().signal,
    replay: (_, number) => `again ${number}`,
    onPlan: () => {},
  })
  return {
    status: found.status,
    changed: [
      ...new Set(
        found.tables
          .filter(({ changes }) => changes.length > 0)
          .map(({ from, to, combination }) => `${from} ${to} ${combination}`),
      ),
    ],
    rules: found.changedRules.map(({ side, state }) => `${side} ${state}`),
  }
}

const RULES = 'iifname "wan" tcp dport 22 drop\niifname "lan" tcp dport 22 drop'
const nft = (hook: string, rule = '', policy = 'accept'): string =>
  `table inet t {\n chain c {\n  type filter hook ${hook} priority 0; policy ${policy};\n${rule}\n }\n chain other {\n${RULES}\n }\n}\n`
const PLAN = inferLab(firewall(nft('input'), 'old', 'nft').parts).plan

const PATHS: [string, string, string][] = [
  ['input', 'wan', 'firewall'],
  ['forward', 'wan', 'lan'],
  ['forward', 'lan', 'wan'],
  ['output', 'firewall', 'wan'],
]

describe.each(PATHS)('of %s, from %s to %s', (hook, from, to) => {
  const link = from === 'firewall' ? `oifname "${to}"` : `iifname "${from}"`
  const only = (rule: string): string => nft(hook, `${link} ${rule}`)
  test.each<[string, Protocol]>([
    ['ct state established drop', 'tcp'],
    ['ct state established udp dport 53 reject', 'udp'],
    ['ct state { established, related } drop', 'icmp'],
  ])('%s on one side only is a difference (%s)', async (rule, protocol) => {
    const found = await compare(nft(hook), only(rule), { from, to, protocol })
    expect(found.changed).toEqual([`${from} ${to} ${IN_FLOW}`])
    expect(found).toMatchObject({ status: 'different', rules: ['new tried'] })
  })

  test('a rule about segments of unknown flows is a difference', async () => {
    const found = await compare(nft(hook), only('ct state invalid drop'), { from, to })
    expect(found.changed).toEqual([`${from} ${to} ${STRAY}`])
    expect(found).toMatchObject({ status: 'different', rules: ['new tried'] })
  })

  test('a rule with the same effect on established flows is exercised, and not a difference', async () => {
    const old = only('tcp dport 80 accept')
    const young = only(`ct state established tcp dport 80 accept\n${link} tcp dport 80 accept`)
    const found = await compare(old, young, { from, to })
    expect(found).toEqual({ status: 'same', changed: [], rules: ['new tried'] })
  })
})

test('a rule moved before "established accept" cuts established flows', async () => {
  const accept = 'ct state established accept'
  const drop = 'iifname "wan" tcp flags & (syn | ack) == ack tcp dport 80 drop'
  const [old, young] = [nft('input', `${accept}\n${drop}`), nft('input', `${drop}\n${accept}`)]
  const found = await compare(old, young, { from: 'wan', to: 'firewall' })
  expect(found.status).toBe('different')
  expect(found.changed).toEqual([`wan firewall ${IN_FLOW}`])
})

describe('iptables rules about established flows are compared too', () => {
  const saved = (...rules: string[]): string =>
    `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${[...rules, '-A INPUT -i wan -p tcp -m tcp --dport 9 -j DROP'].join('\n')}\nCOMMIT\n`
  test.each<PartKind>(['iptables'])('%s', async (kind) => {
    const rule = '-A INPUT -i wan -m conntrack --ctstate ESTABLISHED -j DROP'
    const only = { from: 'wan', to: 'firewall', kind }
    const found = await compare(saved(), saved(rule), only)
    expect(found.changed).toEqual([`wan firewall ${IN_FLOW}`])
    expect(found).toMatchObject({ status: 'different', rules: ['new tried'] })
  })
})
