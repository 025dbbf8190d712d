import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isLoadedFirewallScenario, readScenarios } from './load.ts'
import { checkFaulty, prepare } from './prepare-zones.ts'

let folder: string

const RULES = `table inet t {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "up0" oifname "srv0" tcp dport 80 accept
    iifname "srv0" oifname "up0" accept
  }
}
`
const POLICY = `policy: p
title: T
zones: [net, servers]
statements:
  - { from: net, to: servers, allow: tcp/80 }
  - { from: servers, to: net, allow: any }
`
const scenario = (zones: string, policy = 'policy.yaml', more = ''): string =>
  `title: T\nrequirement: R\nsource: S\nfirewall: rules.nft\npolicy: ${policy}\nzones: ${zones}\n${more}`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-prepare-'))
  const files = {
    'rules.nft': RULES,
    'policy.yaml': POLICY,
    'bad-policy.yaml': POLICY.replace('to: servers, allow: tcp/80', 'to: server, allow: tpc/80'),
    'lab.yaml': 'zones:\n  net: { link: up0, default: true }\n  servers: { link: srv7 }\n',
    'right.yaml': scenario('{ net: up0, servers: srv0 }'),
    'wrong.yaml': scenario('{ net: up0, servers: srv7 }'),
    'meant.yaml': scenario('{ net: up0, servers: { link: srv7 } }'),
    'filed.yaml': scenario('x').replace('zones: x', 'lab: lab.yaml'),
    'third.yaml': scenario('x').replace('zones: x', 'lab: third-lab.yaml'),
    'third-lab.yaml':
      'zones:\n  net: { link: up0, default: true }\n  servers: { link: srv0 }\n  spare: { link: srv1 }\n',
    'faulty.yaml': scenario(
      '{ net: up0, servers: srv7 }',
      'bad-policy.yaml',
      'sweeps:\n  - { from: nte, famlies: [ipv4] }\n',
    ),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that is said of scenarios, without the folder. */
async function faultsOf(...names: string[]): Promise<string[]> {
  const files = names.map((name) => join(folder, `${name}.yaml`))
  const { loaded, faulty, faults } = readScenarios(folder, files)
  for (const one of loaded.filter(isLoadedFirewallScenario))
    await faults.attemptLater(() => prepare(one))
  for (const one of faulty) await faults.attemptLater(() => checkFaulty(one))
  try {
    faults.finish()
    return []
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '').split('\n')
  }
}

test('an interface that no rule names is an error with its position', async () => {
  expect(await faultsOf('wrong')).toEqual([
    expect.stringMatching(
      /^wrong\.yaml:6:29: zone servers: no rule of .*rules\.nft names interface "srv7" — did you mean "srv0"/,
    ),
  ])
})

test('a lab file must not name an interface similar to one without a zone', async () => {
  expect(await faultsOf('filed')).toEqual([
    expect.stringMatching(
      /^filed\.yaml:6:6: zone servers: no rule of .*rules\.nft names interface "srv7" — did you mean "srv0"\? No zone has this interface\. If "srv7" is right, add a zone for "srv0"$/,
    ),
  ])
})

test('a zone behind an unnamed interface causes a remark in the result', async () => {
  const path = join(folder, 'meant.yaml')
  const [one] = readScenarios(folder, [path]).loaded.filter(isLoadedFirewallScenario)
  const { lab } = await prepare(one!)
  expect(lab.remarks).toEqual([
    'zone servers is behind interface "srv7", which no rule names: only rules without an interface condition apply there',
  ])
  const [right] = readScenarios(folder, [join(folder, 'right.yaml')]).loaded
  expect((await prepare(right as typeof one & object)).lab.remarks).toEqual([])
})

test.each(['right', 'meant', 'third'])(
  'an interface that is named or declared is accepted: %s',
  async (name) => {
    expect(await faultsOf(name)).toEqual([])
  },
)

test('the faults of a scenario, its policy and its firewall are reported together, in order', async () => {
  const said = await faultsOf('faulty', 'wrong')
  expect(said.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'faulty.yaml:6:29: zone servers:',
    'faulty.yaml:8:13: unknown zone',
    'faulty.yaml:8:18: unknown key',
    'wrong.yaml:6:29: zone servers:',
    'bad-policy.yaml:5:22: to "server":',
    'bad-policy.yaml:5:37: allow "tpc/80":',
  ])
})
