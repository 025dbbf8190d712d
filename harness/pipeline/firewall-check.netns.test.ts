/** Mistakes in given firewalls are told before a lab is made: all of them, with their places, by every command. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { readFirewall } from '../input/firewall.ts'
import { loadScenarios } from '../input/load.ts'
import { type PreparedScenario, prepare } from '../input/prepare-zones.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { InputError } from '../system/errors.ts'
import { checkFirewalls } from './firewall-check.ts'
import { run } from './run.ts'

const POLICY = `policy: shop
title: Shop
zones: [wan, lan]
otherwise: drop
statements:
  - { from: lan, to: wan, allow: tcp/443 }
`
const scenario = (firewall: string): string => `title: Shop, by ${firewall}
requirement: As the policy says.
source: test
firewall: ${firewall}
policy: policies/shop.yaml
zones: { wan: eth0, lan: eth1 }
`
const input = (...rules: readonly string[]): string =>
  `table inet f {
  chain forward {
    type filter hook forward priority 0; policy drop
    iifname "eth1" oifname "eth0" tcp dport 443 accept
${rules.map((rule) => `    ${rule}\n`).join('')}  }
}
`
const FILES: Readonly<Record<string, string>> = {
  'policies/shop.yaml': POLICY,
  'right.nft': input('iifname "eth0" accept'),
  'typo.nft': input('tcp dprot 22 accept', 'ip sadr 10.0.0.1 drop'),
  'nowhere.nft': input('udp dport 53 jump nowhere'),
  'whole.nft': 'include "part.nft"\n',
  'part.nft': input('iifname "shop0" drop', 'tcp dport 99999 accept'),
  'saved.v4': '*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth0 -p tcp --dprot 22 -j ACCEPT\nCOMMIT\n',
  'one.yaml': scenario('typo.nft'),
  'two.yaml': scenario('right.nft'),
  'three.yaml': scenario('nowhere.nft'),
  'four.yaml': scenario('whole.nft'),
}
const TYPO = [/typo\.nft:5:9-13: Error: syntax error/, /typo\.nft:6:8-11: Error: syntax error/]
const NOWHERE = [/nowhere\.nft:5:\d+-\d+: Error: .*No such file/]
const INCLUDED = [/part\.nft:6:15-19: Error/]

let folder: string
let sandbox: Sandbox
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-check-'))
  mkdirSync(join(folder, 'policies'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  await sandbox.ready()
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a firewall is checked before any lab is opened', () => {
  const RULESET = ['run', 'default-egress', '--no-save', '--ruleset']
  test.each<[string, readonly string[], readonly RegExp[]]>([
    ['run', ['run', '--scenarios', '.', '--no-save'], [...TYPO, ...NOWHERE, ...INCLUDED]],
    ['run with a ruleset', ['run', 'two', '--scenarios', '.', '--ruleset', 'typo.nft'], TYPO],
    ['run, compiled scenarios', [...RULESET, 'whole.nft'], INCLUDED],
    ['diff', ['diff', 'typo.nft', 'whole.nft'], [...TYPO, ...INCLUDED]],
    [
      'matrix',
      ['matrix', 'one', '--scenarios', '.', '--target', 'here', '--target', 'n=here'],
      TYPO,
    ],
    ['explain', ['explain', 'nowhere.nft', 'eth0', 'eth1', 'tcp/22'], NOWHERE],
    ['explain, iptables', ['explain', 'saved.v4', 'eth0', 'firewall', 'tcp/22'], [/saved\.v4:3/]],
  ])('%s', (_, args, messages) => {
    const shipped = new URL('../../scenarios', import.meta.url).pathname
    const where = args.includes('default-egress') ? ['--scenarios', shipped] : []
    const { code, out, err } = nftproof([...args, ...where], { cwd: folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    for (const message of messages) expect(err).toMatch(message)
    expect(err).not.toMatch(/right\.nft/)
  })
})

test('when one firewall of a run is refused, no lab is opened', async () => {
  const loaded = loadScenarios(folder, ['one', 'two'])
  const ready = (await Promise.all(
    loaded.map((one) => prepare(one as never)),
  )) as PreparedScenario[]
  const rootless = mustBeRootless()
  const own = new Sandbox({ rootless, workers: 1 })
  const opened: string[] = []
  own.openLab = () => {
    opened.push('a lab')
    return Promise.reject(new Error('a lab was opened'))
  }
  const options = { loaded: ready, jobs: 1, rootless, sandbox: own }
  const { signal } = new AbortController()
  await expect(run({ ...options, signal }, () => {})).rejects.toThrow(InputError)
  expect(opened).toEqual([])
})

describe('the check does not refuse text for', () => {
  const part = (
    text: string,
    kind: FirewallPart['kind'] = 'nft',
    more: Partial<FirewallPart> = {},
  ): FirewallPart => ({
    ...{ kind, file: 'r', text, ...more },
    stretches: [{ from: 1, file: 'r', line: 1 }],
  })
  const check = (...parts: FirewallPart[]): Promise<void> =>
    checkFirewalls(sandbox, [{ firewall: { origin: 'r', parts }, zones: [{ link: 'eth0' }] }])

  test.each<[string, FirewallPart[]]>([
    ['an interface of the lab', [part(input('iif "eth0" accept', 'iif lo accept'))]],
    ['the name of a missing interface', [part(input('iifname "wg7" accept'))]],
    [
      'an unknown user',
      [
        part(
          input()
            .replace('forward prio', 'output prio')
            .replace('forward {', 'output {')
            .replace('iifname "eth1" oifname "eth0" tcp dport 443', 'meta skuid "proxy-y"'),
        ),
      ],
    ],
    [
      'a table of the part before',
      [
        part('table inet f {\n set s { type ipv4_addr; }\n}\n'),
        part('add element inet f s { 1.1.1.1 }\n'),
      ],
    ],
    ['syntax of a newer nft', [part('destroy table inet t\n')]],
    [
      'rules that depend on a script before them',
      [part('exit 7\n', 'script', { folder: '/' }), part('add rule inet made c accept\n')],
    ],
  ])('%s', async (_, parts) => {
    await expect(check(...parts)).resolves.toBeUndefined()
  })

  test('the check refuses an interface that is missing in the lab', async () => {
    await expect(check(part(input('iif "wg7" accept')))).rejects.toThrow(
      /r:5:\d+-\d+: .*[\s\S]*lab/,
    )
  })

  test('a second part is checked although the first is refused', async () => {
    const first = part('table inet f {\n chain c {\n  acept\n }\n}\n')
    const second = part('add rule inet f c tcp dprot 1 accept\nadd rule inet f c accept\n', 'nft', {
      file: 's',
    })
    const error: Error = await check(first, second).then(
      () => new Error('none'),
      (e) => e,
    )
    expect(error.message).toMatch(/r:3:/)
    expect(error.message).toMatch(/syntax error[\s\S]*syntax error/)
  })

  test("a firewall in a container is checked by the container's nft", async () => {
    const firewall = {
      ...(await readFirewall(join(folder, 'typo.nft'))),
      target: { kind: 'netns', name: 'x' },
    }
    await expect(
      checkFirewalls(sandbox, [{ firewall: firewall as never, zones: [] }]),
    ).resolves.toBeUndefined()
  })
})
