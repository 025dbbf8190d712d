/**
 * Prints the programs that a job of the bootstrap calls, as JSON:
 *
 *     node tools/bootstrap/needed.ts conformance|test|fresh [FOLDER]
 *
 * Those of the main job are read from the shipped scenarios, so that a scenario
 * about another kind of firewall brings its programs along; FOLDER is another one
 * than theirs.
 */

import { programsFor } from '../../harness/firewall/programs.ts'
import { readFirewall } from '../../harness/input/firewall.ts'
import { type AnyLoaded, loadScenarios } from '../../harness/input/load.ts'
import { InputError } from '../../harness/system/errors.ts'
import {
  EVERY_RUN,
  isHere,
  MissingProgram,
  type Program,
  RUN_PROGRAMS,
  TEST_PROGRAMS,
} from '../../harness/system/find-program.ts'

const SHIPPED = new URL('../../scenarios', import.meta.url).pathname

const [job = '', folder = SHIPPED] = process.argv.slice(2)

async function ofScenarios(): Promise<Program[]> {
  const found = await Promise.all(shipped().map(ofScenario))
  return [...EVERY_RUN, ...found.flat()]
}

/** None where a file is wrong: the job itself says what is wrong with it. */
function shipped(): readonly AnyLoaded[] {
  try {
    return loadScenarios(folder, [])
  } catch (error) {
    if (error instanceof InputError) return []
    throw error
  }
}

async function ofScenario({ scenario }: AnyLoaded): Promise<readonly Program[]> {
  const { container } = scenario
  const inside = container
    ? programsFor({ origin: '', parts: [], target: { kind: 'container', container } })
    : []
  const firewall = 'firewall' in scenario ? scenario.firewall : undefined
  return firewall === undefined ? inside : [...inside, ...(await ofFirewall(firewall))]
}

/** One in a revision is read by a program that may be missing itself. */
async function ofFirewall(argument: string): Promise<readonly Program[]> {
  try {
    return programsFor(await readFirewall(argument))
  } catch (error) {
    if (error instanceof MissingProgram) return [error.program]
    if (error instanceof InputError) return []
    throw error
  }
}

/** Containers are tested by root only (vitest.config.ts), in images of Debian's packages. */
const FOR_CONTAINERS: readonly Program[] = [
  'docker',
  'dockerd',
  'podman',
  'newuidmap',
  'mmdebstrap',
]
/** Its tests run where it is, and in CI. */
const IN_CI: readonly Program[] = ['vagrant']

/** Tests call everything that measuring may call, and more; some of it only as root or in CI. */
function ofTests(): Program[] {
  const hasContainers = process.geteuid?.() === 0 && isHere('apt-get')
  const left = [...(hasContainers ? [] : FOR_CONTAINERS), ...(process.env.CI ? [] : IN_CI)]
  return [...RUN_PROGRAMS, ...TEST_PROGRAMS].filter((name) => !left.includes(name))
}

const JOBS: Readonly<Record<string, () => Program[] | Promise<Program[]>>> = {
  conformance: ofScenarios,
  test: ofTests,
  fresh: () => ['git', 'mmdebstrap', 'unshare', 'mount', 'setpriv', 'pivot_root'],
}

const programs = await JOBS[job]!()
process.stdout.write(`${JSON.stringify([...new Set(programs)])}\n`)
