/** Claim: a scenario that cannot be measured stops no other one, whatever the reason is. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import type { Result, ScenarioResult } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { load } from '../../tools/testing/wrong.ts'
import { type LoadedFirewallScenario, loadScenarios } from '../input/load.ts'
import { prepare } from '../input/prepare-zones.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import type { RunEvent } from './contract.ts'
import { run } from './run.ts'

const POLICY = `policy: yard
title: A yard
zones: [gate, barn]
statements:
  - { from: barn, to: gate, allow: tcp/8443 }
`
const RULES = `table inet yard {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "barn0" oifname "gate0" tcp dport 8443 accept
  }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
  }
  chain output {
    type filter hook output priority 0; policy drop;
    ct state established,related accept
  }
}
`
const SAVED = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i barn0 -o gate0 -j ACCEPT\nCOMMIT\n'
const NARROW = ['--ports', '8440-8445', '--protocol', 'tcp', '--no-save']

let folder: string
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

function claim(name: string, firewall: string): void {
  const zones = 'zones: { gate: gate0, barn: barn0 }'
  const head = `title: ${name}\nrequirement: A claim.\nsource: Somewhere\npolicy: ../yard.yaml`
  write(`claims/${name}.yaml`, `${head}\nfirewall: ../${firewall}\n${zones}\n`)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  mkdirSync(join(folder, 'claims'))
  // A work tree, so that scenarios may name what lies beside their folder.
  mkdirSync(join(folder, '.git'))
  write('.git/HEAD', '')
  write('yard.yaml', POLICY)
  write('rules.nft', RULES)
  write('leaking.nft', RULES.replace('dport 8443', 'dport 8442-8443'))
  write('refused.nft', RULES.replace('dport 8443', 'dport 84430'))
  write('saved.v4', SAVED)
  write('fails.sh', '#!/bin/sh\necho "the shed is locked" >&2\nexit 7\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Claims by name, with their firewalls; nothing else is in the folder. */
function claims(all: Readonly<Record<string, string>>): void {
  rmSync(join(folder, 'claims'), { recursive: true })
  mkdirSync(join(folder, 'claims'))
  for (const [name, firewall] of Object.entries(all)) claim(name, firewall)
}

/** Without any program that is not named here. */
function runWithout(...args: readonly string[]) {
  const bin = join(folder, 'bin')
  rmSync(bin, { recursive: true, force: true })
  mkdirSync(bin)
  for (const tool of ['nft', 'ip', 'unshare', 'setpriv', 'mount', 'sh', 'mkdir', 'tc'] as const)
    symlinkSync(findProgram(tool), join(bin, tool))
  return nftproof(['run', '--scenarios', join(folder, 'claims'), ...NARROW, ...args], {
    env: { PATH: bin, NFTPROOF_PATH_ONLY: '1' },
  })
}

describe('a missing program', () => {
  test('leaves the other scenarios proved: exit 3', () => {
    claims({ 'a-good': 'rules.nft', 'b-old': 'saved.v4', 'c-good': 'rules.nft' })
    const junit = join(folder, 'junit.xml')
    const { code, out, err } = runWithout('--reporter', `junit=${junit}`)
    expect(out).toContain('b-old · not measured:\n   iptables-restore was not found: install')
    expect(out).toMatch(/\? 2 of 3 scenarios conform, 1 not measured:/)
    expect(err).toContain('nftproof: b-old: not measured: iptables-restore was not found')
    expect(readFileSync(junit, 'utf8')).toMatch(/classname="b-old">\s*<error message="not measured/)
    expect(code).toBe(3)
  })

  test('is recorded in JSON, and show repeats it with its exit code', () => {
    claims({ 'a-good': 'rules.nft', 'b-old': 'saved.v4' })
    const { code, out } = runWithout('--reporter', 'json')
    const file = join(folder, 'result.json')
    writeFileSync(file, out)
    const { scenarios, status } = JSON.parse(out) as Result
    expect(scenarios.map((one) => [one.status, one.notMeasured?.[0]?.cause])).toEqual([
      ['conforms', undefined],
      ['unknown', 'environment'],
    ])
    expect({ code, status }).toEqual({ code: 3, status: 'unknown' })
    const shown = nftproof(['show', file])
    expect(shown.out).toContain('? 1 of 2 scenarios conforms, 1 not measured')
    expect(shown.code).toBe(3)
  })

  test('beside a mismatch: exit 1', () => {
    claims({ 'a-old': 'saved.v4', 'b-leak': 'leaking.nft' })
    const { code, out } = runWithout()
    expect(out).toMatch(/✘ \d+ (?:port|number)s? failed in 1 of 2 scenarios, 1 not measured:/)
    expect(code).toBe(1)
  })
})

test('a failing script is bad input: exit 2, and the other scenarios are proved', () => {
  claims({ 'b-good': 'rules.nft', 'c-script': 'fails.sh' })
  const args = ['run', '--scenarios', join(folder, 'claims'), ...NARROW]
  const { code, out } = nftproof(args)
  expect(out).toContain('the shed is locked')
  expect(out).toContain('? 1 of 2 scenarios conforms, 1 not measured:')
  expect(code).toBe(2)
})

test('a ruleset that nft refuses is reported before anything runs', () => {
  claims({ 'a-bad': 'refused.nft', 'b-good': 'rules.nft' })
  const { code, out, err } = nftproof(['run', '--scenarios', join(folder, 'claims'), ...NARROW])
  expect(err).toMatch(/refused\.nft:5:\d+-\d+: Error/)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

test('invalid files of all scenarios are reported together, and nothing runs', () => {
  claims({ 'a-gone': 'gone.nft', 'b-good': 'rules.nft', 'c-gone': 'lost.nft' })
  const { code, out, err } = nftproof(['run', '--scenarios', join(folder, 'claims'), ...NARROW])
  expect(err).toMatch(/gone\.nft.*\n.*lost\.nft/)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

describe('a sandbox killed during a run', () => {
  async function killedAt(which: (event: RunEvent) => boolean): Promise<ScenarioResult[]> {
    const loaded = [...load('default-egress', 'replies-come-back', 'unsolicited-inbound')]
    const rootless = mustBeRootless()
    const sandbox = new Sandbox({ rootless, workers: 1 })
    const few = { ports: PortSet.parse('20-30'), protocols: ['tcp'], families: [4] } as const
    const { signal } = new AbortController()
    let isKilled = false
    const options = { loaded, jobs: 1, rootless, sandbox, signal, ...few }
    const result = await run(options, (event) => {
      if (isKilled || !which(event)) return
      isKilled = true
      process.kill(sandbox.pid!, 'SIGKILL')
    })
    expect(isKilled).toBe(true)
    return [...result.scenarios]
  }

  test('leaves its scenario not measured; later scenarios get a new sandbox', async () => {
    const found = await killedAt(({ kind }) => kind === 'swept')
    const [hit, ...others] = found.toSorted(
      (a, b) => (b.notMeasured?.length ?? 0) - (a.notMeasured?.length ?? 0),
    )
    expect(hit!.notMeasured).toEqual([
      { family: 4, cause: 'environment', reason: expect.stringContaining('the sandbox') },
    ])
    expect(hit!.status).toBe('unknown')
    expect(others.map(({ status }) => status)).toEqual(['conforms', 'conforms'])
  })
})

/** Every lab of IPv6 fails when it is opened. */
class WithoutSix extends Sandbox {
  override openLab(...args: Parameters<Sandbox['openLab']>): ReturnType<Sandbox['openLab']> {
    if (args[0].family === 6) return Promise.reject(new EnvironmentError('IPv6 is off here'))
    return super.openLab(...args)
  }
}

test('when one family cannot be measured, the rows of the other are kept', async () => {
  const rootless = mustBeRootless()
  const sandbox = new WithoutSix({ rootless, workers: 1 })
  const { signal } = new AbortController()
  const few = { ports: PortSet.parse('20-30'), protocols: ['tcp'] } as const
  claims({ 'a-good': 'rules.nft' })
  const [yard] = loadScenarios(join(folder, 'claims'), ['a-good'])
  const loaded = [...load('default-egress'), await prepare(yard as LoadedFirewallScenario)]
  const { scenarios } = await run({ loaded, jobs: 1, rootless, sandbox, signal, ...few }, () => {})
  for (const { status, tables, notMeasured } of scenarios) {
    expect(status).toBe('unknown')
    expect(notMeasured).toEqual([{ family: 6, cause: 'environment', reason: 'IPv6 is off here' }])
    expect(new Set(tables.map(({ family }) => family))).toEqual(new Set([4]))
  }
})

test('an internal error is reported as a bug and does not stop the other scenarios', async () => {
  const [first, second] = load('default-egress', 'replies-come-back')
  const broken = { ...first!, policy: { ...first!.policy, statements: undefined as never } }
  const { signal } = new AbortController()
  const options = { ports: PortSet.parse('20-30'), protocols: ['tcp'], families: [4] } as const
  const all = { loaded: [broken, second!], jobs: 1, rootless: mustBeRootless(), signal, ...options }
  const { scenarios, status } = await run(all, () => {})
  expect(scenarios[0]!.notMeasured).toMatchObject([
    { cause: 'bug', reason: expect.stringMatching(/^this is a bug: /) },
  ])
  expect(scenarios[1]!.status).toBe('conforms')
  expect(status).toBe('unknown')
})
