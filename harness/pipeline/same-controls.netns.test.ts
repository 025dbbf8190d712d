/**
 * Claim: every command runs the same controls of the protocols that it probes, without rules and
 * with all dropped; and where a control fails, no command has a verdict.
 */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DROP_ALL } from '../../src/compare/control-run.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { makePlatform, type TestPlatform } from '../../tools/testing/platform.ts'
import { load, SCENARIOS } from '../../tools/testing/wrong.ts'
import type { FaultInjection, SweepSpec } from '../contract/lab.ts'
import { isLoadedFirewallScenario, loadScenarios, openPlatform } from '../input/load.ts'
import { prepare } from '../input/prepare-zones.ts'
import { loadRequest } from '../input/request-file.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import type { Ready } from './contract.ts'
import { runDiff } from './diff.ts'
import { explainProbe } from './explain.ts'
import { measure } from './request.ts'
import { run } from './run.ts'

const PORTS = PortSet.parse('20-24')
const signal = new AbortController().signal

let platform: TestPlatform
beforeEach(() => {
  platform = makePlatform()
})
afterEach(() => platform.remove())

async function runOne(loaded: Ready, sandbox: Sandbox): Promise<string> {
  const { scenarios } = await run(
    {
      loaded: [loaded],
      ...{ families: [4], ports: PORTS, protocols: PROTOCOLS },
      ...{ jobs: 1, rootless: mustBeRootless(), signal, sandbox },
    },
    () => {},
  )
  return scenarios[0]!.status
}
const PROTOCOLS = ['tcp', 'udp', 'icmp', 'ip'] as const

const ZONES: readonly LabZone[] = ['a', 'b'].map((name, i) => ({
  ...{ name, link: `${name}0` },
  addresses: [{ family: 4, address: `10.${i + 1}.0.2`, prefixLength: 24 }],
}))
const PLAN = { zones: ZONES, forwarding: true, sysctls: {} }
const firewall = (port: number): Firewall => {
  const file = `${port}.nft`
  const text = `table ip t {\n chain c {\n  type filter hook forward priority 0;\n  tcp dport ${port} drop\n }\n}\n`
  return { origin: file, parts: [{ kind: 'nft', file, text, stretches: [] }] }
}

/** Each command, and the verdict that it comes to. */
const COMMANDS: Readonly<Record<string, (sandbox: Sandbox) => Promise<string>>> = {
  'run, of an egress scenario': (sandbox) => runOne(load('default-egress')[0]!, sandbox),
  'run, of a policy for zones': async (sandbox) => {
    const [loaded] = loadScenarios(SCENARIOS, ['office/paper'])
    if (!loaded || !isLoadedFirewallScenario(loaded)) throw new Error('it is about no firewall')
    return runOne(await prepare(loaded), sandbox)
  },
  diff: async (sandbox) => {
    const { status } = await runDiff({
      ...{ sandbox, jobs: 1, old: firewall(22), new: firewall(22), plan: PLAN, signal },
      ...{ delta: undefined, quick: true, budget: undefined, from: ['a'], to: ['b'] },
      ...{ families: [4], protocols: PROTOCOLS, ports: PORTS, replay: () => '', onPlan: () => {} },
    })
    return status
  },
  'request review': async (sandbox) => {
    const { request } = loadRequest(join(platform.folder, platform.request('relay')))
    const { platform: of, policy } = openPlatform(join(platform.folder, 'platform.yaml'))
    const asked = { policy, zones: of.zones, grants: [], ports: PORTS }
    return (await measure(request, { sandbox, ...asked })).verdict
  },
  explain: async (sandbox) => {
    const packet = { source: '10.1.0.2', target: '10.2.0.2' }
    const probe = { from: 'a', to: 'b', family: 4, protocol: 'tcp', number: 22, packet } as const
    const explained = explainProbe({ sandbox }, firewall(22), PLAN, probe)
    return explained.then(({ observation }) => observation.outcome.kind).catch(() => 'unknown')
  },
}

interface Seen {
  /** `its own`: no control, but what the command measures. */
  readonly ruleset: 'none' | 'drop-all' | 'its own'
  readonly spec: SweepSpec
}

/** The sandbox, with every sweep written down. */
function watched(sandbox: Sandbox, seen: Seen[], faults: FaultInjection): Sandbox {
  const openLab: Sandbox['openLab'] = async (spec) =>
    spec.family === 4
      ? watchedLab(await sandbox.openLab(spec, faults), seen)
      : sandbox.openLab(spec, faults)
  return new Proxy(sandbox, {
    get(one, name) {
      if (name === 'openLab') return openLab
      const value = Reflect.get(one, name, one) as unknown
      return typeof value === 'function' ? value.bind(one) : value
    },
  })
}

function watchedLab(lab: Lab, seen: Seen[]): Lab {
  let ruleset: Seen['ruleset'] = 'none'
  return {
    ...lab,
    load: (text) => {
      ruleset = text === DROP_ALL ? 'drop-all' : 'its own'
      return lab.load(text)
    },
    install: (one) => {
      ruleset = 'its own'
      return lab.install(one)
    },
    sweep: (spec) => {
      seen.push({ ruleset, spec })
      return lab.sweep(spec)
    },
  }
}

async function inSandbox(
  command: (sandbox: Sandbox) => Promise<string>,
  faults: FaultInjection = {},
): Promise<{ readonly verdict: string; readonly seen: readonly Seen[] }> {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  const seen: Seen[] = []
  try {
    return { verdict: await command(watched(sandbox, seen, faults)), seen }
  } finally {
    await sandbox.close()
  }
}

const WANTED = {
  tcp: /^0-1,22,53,80,443,.*65534-65535$/,
  udp: /^0-1,22,53,80,443,.*65534-65535$/,
  icmp: /^0-255$/,
  ip: /^0-255$/,
} as const

test.each(Object.entries(COMMANDS))('%s', async (_, command) => {
  const { verdict, seen } = await inSandbox(command)
  expect(verdict).not.toBe('unknown')
  const protocolsOf = (ruleset: Seen['ruleset']): string[] => {
    const own = seen.filter((one) => one.ruleset === ruleset)
    return [...new Set(own.map(({ spec }) => spec.protocol))].toSorted()
  }
  const probed = protocolsOf('its own')
  expect(probed).toContain('tcp')
  expect(protocolsOf('none')).toEqual(expect.arrayContaining(probed))
  expect(protocolsOf('drop-all')).toEqual(protocolsOf('none'))
  for (const { spec } of seen.filter(({ ruleset }) => ruleset !== 'its own'))
    expect(PortSet.of(...spec.numbers).toString()).toMatch(WANTED[spec.protocol])
  const dead = await inSandbox(command, { deadResponder: true })
  expect(dead.verdict).toBe('unknown')
})
