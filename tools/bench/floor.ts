/** The floor: the frames of the default sweep through the same labs, with nothing recorded or judged. */

import { loadPlatformScenarios } from '../../harness/input/load.ts'
import { zoneAddressOf } from '../../harness/kernel/addresses.ts'
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import { FAMILIES } from '../../src/net/protocol.ts'
import { decide } from '../../src/policy/decide.ts'
import { OUTBOUND } from '../../src/policy/statements.ts'
import { compile } from '../../src/ruleset/compile.ts'

/** Milliseconds for both families side by side, labs being there already. */
export async function measureFloor(scenarios: string): Promise<{ ms: number; probes: number }> {
  const { scenario, policy } = loadPlatformScenarios(scenarios, ['default-egress'])[0]!
  const zones = scenario.zones
  const ruleset = compile(
    policy,
    zones.filter((zone) => zone.kind === 'project'),
  )
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  try {
    const labs = await Promise.all(
      FAMILIES.map(async (family) => {
        const lab = await sandbox.openLab({ family, zones })
        await lab.load(ruleset)
        return { family, lab }
      }),
    )
    const began = performance.now()
    const probes = await Promise.all(
      labs.map(async ({ family, lab }) => {
        let sent = 0
        for (const protocol of ['tcp', 'udp'] as const) {
          const silent = decide(policy, { ...OUTBOUND, family, protocol }).filter(
            (span) => span.value.verdict === 'blocked',
          )
          const report = await lab.floor({
            from: 'shop',
            to: 'internet',
            source: zoneAddressOf(zones[0]!, family)!.address,
            target: zoneAddressOf(zones[1]!, family)!.address,
            protocol,
            numbers: [{ from: 0, to: 65535 }],
            silent: silent.map(({ from, to }) => ({ from, to })),
          })
          sent += report.probes
        }
        return sent
      }),
    )
    return { ms: performance.now() - began, probes: probes.reduce((a, b) => a + b, 0) }
  } finally {
    await sandbox.close()
  }
}
