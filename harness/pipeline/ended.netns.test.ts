/**
 * Claim: a firewall that ends while it is measured proves nothing, whichever
 * command measured it: the same words, nothing of what was seen, never a pass.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Probe } from '../../src/compare/explain.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { ScenarioResult } from '../../src/result/result.ts'
import { load, SCENARIOS } from '../../tools/testing/wrong.ts'
import { isLoadedFirewallScenario, loadScenarios } from '../input/load.ts'
import { prepare } from '../input/prepare-zones.ts'
import type { Provider } from '../provider/provider.ts'
import { withProviders } from '../provider/with-providers.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import type { Ready } from './contract.ts'
import { runDiff } from './diff.ts'
import { explainProbe } from './explain.ts'
import { run } from './run.ts'

const GONE = /^pid:\d+ was removed during the measurement$/
const PORTS = PortSet.parse('20-24')
const signal = new AbortController().signal

let box: ChildProcess
beforeEach(async () => {
  const command = ['--net', 'sh', '-c', 'echo here; exec sleep infinity']
  box = spawn(findProgram('unshare'), command, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(box.stdout!, 'data')
})
afterEach(() => box.kill('SIGKILL'))

const target = () => ({ kind: 'pid' as const, pid: box.pid! })

interface Opened {
  readonly sandbox: Sandbox
  readonly provider: Provider
}

/** The box ends before the first probe that is sent through it; controls run elsewhere. */
function inBox<T>(zones: readonly LabZone[], work: (opened: Opened) => Promise<T>): Promise<T> {
  const wanted = [{ target: target(), isLoaded: false, zones }]
  return withProviders(wanted, { jobs: 1 }, ({ sandbox, providers }) =>
    work({ sandbox: endingIn(sandbox), provider: providers[0]! }),
  )
}

function endingIn(sandbox: Sandbox): Sandbox {
  const openLab: Sandbox['openLab'] = async (spec, faults) => {
    const lab = await sandbox.openLab(spec, faults)
    return spec.netns ? ending(lab) : lab
  }
  return new Proxy(sandbox, {
    get(one, name) {
      if (name === 'openLab') return openLab
      const value = Reflect.get(one, name, one) as unknown
      return typeof value === 'function' ? value.bind(one) : value
    },
  })
}

const ending = (lab: Lab): Lab => ({
  ...lab,
  sweep: async (spec) => {
    if (box.exitCode === null && box.signalCode === null) {
      box.kill('SIGKILL')
      await once(box, 'exit')
    }
    return lab.sweep(spec)
  },
})

async function runOne(loaded: Ready, zones: readonly LabZone[]): Promise<ScenarioResult> {
  const { scenarios } = await inBox(zones, ({ sandbox, provider }) =>
    run(
      {
        loaded: [loaded],
        ...{ families: [4], protocols: ['tcp'], ports: PORTS, jobs: 1, rootless: false },
        ...{ signal, sandbox, providers: new Map([[loaded.scenario.id, provider]]) },
      },
      () => {},
    ),
  )
  return scenarios[0]!
}

const UNPROVED = {
  status: 'unknown',
  tables: [],
  notMeasured: [{ family: 4, cause: 'environment', reason: expect.stringMatching(GONE) }],
}

test('run, of an egress scenario', async () => {
  const [loaded] = load('default-egress')
  expect(await runOne(loaded!, loaded!.scenario.zones)).toMatchObject(UNPROVED)
})

test('run, of a policy for zones', async () => {
  const [loaded] = loadScenarios(SCENARIOS, ['office/paper'])
  if (!loaded || !isLoadedFirewallScenario(loaded)) throw new Error('it is about no firewall')
  const prepared = await prepare(loaded)
  const there = { origin: 'box', parts: [], target: target() }
  const ready = { ...prepared, firewall: there }
  expect(await runOne(ready, prepared.lab.plan.zones)).toMatchObject(UNPROVED)
})

const ZONES: readonly LabZone[] = [
  { name: 'a', link: 'a0', addresses: [{ family: 4, address: '10.1.0.2', prefixLength: 24 }] },
  { name: 'b', link: 'b0', addresses: [{ family: 4, address: '10.2.0.2', prefixLength: 24 }] },
]
const PLAN = { zones: ZONES, forwarding: true, sysctls: {} }
const there = (): Firewall => ({ origin: 'box', parts: [], target: target() })
const text =
  'table ip t {\n chain c {\n  type filter hook forward priority 0;\n  tcp dport 22 drop\n }\n}\n'
const other: Firewall = {
  origin: 'other.nft',
  parts: [{ kind: 'nft', file: 'other.nft', text, stretches: [] }],
}

test('diff', async () => {
  const found = await inBox(ZONES, ({ sandbox, provider }) =>
    runDiff({
      ...{ sandbox, jobs: 1, old: there(), new: other, plan: PLAN, signal },
      providers: { old: provider },
      ...{ delta: undefined, quick: false, budget: undefined, from: ['a'], to: ['b'] },
      ...{ families: [4], protocols: ['tcp'], ports: PORTS },
      replay: () => '',
      onPlan: () => {},
    }),
  )
  const { status, tables, notMeasured } = found
  expect({ status, tables, notMeasured }).toMatchObject(UNPROVED)
})

test('explain', async () => {
  const probe: Probe = {
    from: 'a',
    to: 'b',
    family: 4,
    protocol: 'tcp',
    number: 22,
    packet: { source: '10.1.0.2', target: '10.2.0.2' },
  }
  const explained = inBox(ZONES, (where) => explainProbe(where, there(), PLAN, probe))
  await expect(explained).rejects.toThrow(GONE)
  await expect(explained).rejects.toBeInstanceOf(EnvironmentError)
})
