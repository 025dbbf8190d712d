/** Claim: what got past the reading of the input is refused where it would be run, or entered. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Target } from '../../src/firewall/target.ts'
import { NO_TRUST } from '../../src/firewall/trust.ts'
import { load } from '../../tools/testing/wrong.ts'
import { openProvider } from '../provider/open.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { admitDataOnly, DATA_ONLY, NotData } from './data-only.ts'

const PROVIDERS: readonly Target[] = [
  { kind: 'netns', name: 'nowhere' },
  { kind: 'pid', pid: 1 },
  { kind: 'container', container: { source: { kind: 'image', image: 'made/up' } } },
  { kind: 'nic', interfaces: { wan: 'eth9' } },
]

const { zones } = load('default-egress')[0]!.scenario
let sandbox: Sandbox
beforeAll(() => {
  admitDataOnly()
  // It has the environment of its start.
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
})
afterEach(() => admitDataOnly())
afterAll(async () => {
  delete process.env[DATA_ONLY]
  await sandbox.close()
})

test.each(PROVIDERS)('--data-only opens no $kind', async (target) => {
  const options = { target, isLoaded: true, zones: [], rootless: false, trust: NO_TRUST }
  await expect(openProvider(options)).rejects.toThrow(NotData)
})

test('--data-only runs no script in the sandbox', async () => {
  delete process.env[DATA_ONLY]
  const lab = await sandbox.openLab({ family: 4, zones })
  const script = { kind: 'script', file: 'made-up.sh', text: 'exit 0\n', stretches: [] } as const
  await expect(lab.install({ origin: 'made-up.sh', parts: [script] })).rejects.toThrow(
    /made-up\.sh: it is a script, and nftproof would run it: --data-only/,
  )
})
