/** A table with `flags dormant` decides nothing: a comparison leaves it out, and every result says so. */
import { describe, expect, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { sharedSandbox } from '../../tools/testing/sandboxes.ts'
import { runHere, SCENARIOS } from '../../tools/testing/wrong.ts'
import { isLoadedFirewallScenario, loadScenarios } from '../input/load.ts'
import { prepare } from '../input/prepare-zones.ts'
import { runDiff } from './diff.ts'

const sandbox = sharedSandbox(2)

const firewall = (text: string, file: string): Firewall => ({
  origin: file,
  parts: [{ kind: 'nft', file, text, stretches: [{ from: 1, file, line: 1 }] }],
})

const table = (name: string, flags: string, rule: string): string => `table inet ${name} {
  ${flags}
  set ports { type inet_service; elements = { 25, 26 } }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "wan" tcp dport @ports drop
    ${rule}
    jump more
  }
  chain more { tcp dport 27 counter; }
}
`
const ALWAYS = table('always', '', '')
const dormant = (rule: string): string => ALWAYS + table('off', 'flags dormant', rule)
const awake = (rule: string): string => ALWAYS + table('off', '', rule)

async function compare(old: string, young: string) {
  const sides = { old: firewall(old, 'old.nft'), new: firewall(young, 'new.nft') }
  const { status, changedRules, remarks } = await runDiff({
    ...{ sandbox: sandbox(), jobs: 2, ...sides, quick: true },
    plan: inferLab(sides.old.parts).plan,
    ...{ delta: undefined, budget: undefined, from: ['wan'], to: ['firewall'] },
    ...{ families: [4], protocols: ['tcp'], ports: PortSet.parse('20-30') },
    signal: new AbortController().signal,
    replay: (_, number) => `again ${number}`,
    onPlan: () => {},
  })
  return { status, rules: changedRules.length, remarks }
}

describe('dormant tables in diff', () => {
  const drop = 'tcp dport 22 drop'
  test('a change in a table dormant on both sides is not a difference', async () => {
    expect(await compare(dormant(''), dormant(drop))).toEqual({
      status: 'same',
      rules: 0,
      remarks: ['table inet off is dormant on both sides: its rules have no effect'],
    })
  })

  test.each([
    ['without effect', '', 'same', 1],
    ['with an effect', drop, 'different', 2],
  ])(
    'a table dormant on one side is treated as missing there: %s',
    async (_, rule, status, rules) => {
      const found = await compare(dormant(rule), awake(rule))
      expect(found).toEqual({
        status,
        rules,
        remarks: ['table inet off is dormant in old.nft: it was left out of the comparison'],
      })
    },
  )
})

test('run reports a dormant table', async () => {
  const [loaded] = loadScenarios(SCENARIOS, ['office/paper'])
  if (!loaded || !isLoadedFirewallScenario(loaded)) throw new Error('about no firewall')
  const ready = await prepare(loaded)
  const [part] = ready.firewall.parts
  const text = `${part!.text}\n${table('off', 'flags dormant', 'drop')}`
  const given = { ...ready, firewall: firewall(text, 'fw.nft') }
  const { scenarios } = await runHere({
    loaded: [given],
    ...{ ports: PortSet.parse('22'), protocols: ['tcp'], from: ['wan'], to: ['web'] },
  })
  expect(scenarios[0]).toMatchObject({
    status: 'conforms',
    remarks: ['table inet off is dormant: its rules have no effect'],
  })
})
