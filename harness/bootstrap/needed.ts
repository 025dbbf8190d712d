/**
 * Prints the programs that a job of the bootstrap calls, as JSON:
 *
 *     node harness/bootstrap/needed.ts conformance|test|fresh [FOLDER]
 *
 * Those of the main job are read from the shipped scenarios, so that a scenario
 * about another kind of firewall brings its programs along; FOLDER is another one
 * than theirs.
 */
import { InputFailure } from '../failure.ts'
import { programsOf } from '../firewall/programs.ts'
import { readFirewall } from '../firewall/read.ts'
import { type AnyLoaded, loadScenarios } from '../read.ts'
import { ALL_PROGRAMS, EVERY_RUN, MissingProgram, type Program } from '../tools.ts'

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
    if (error instanceof InputFailure) return []
    throw error
  }
}

async function ofScenario({ scenario }: AnyLoaded): Promise<readonly Program[]> {
  const { container } = scenario
  const inside = container
    ? programsOf({ origin: '', parts: [], provider: { kind: 'container', container } })
    : []
  const firewall = 'firewall' in scenario ? scenario.firewall : undefined
  return firewall === undefined ? inside : [...inside, ...(await ofFirewall(firewall))]
}

/** One in a revision is read by a program that may be missing itself. */
async function ofFirewall(argument: string): Promise<readonly Program[]> {
  try {
    return programsOf(await readFirewall(argument))
  } catch (error) {
    if (error instanceof MissingProgram) return [error.program]
    if (error instanceof InputFailure) return []
    throw error
  }
}

/** Containers are tested by root only (vitest.config.ts). */
const ROOT_ONLY: readonly Program[] = ['docker', 'dockerd', 'podman', 'newuidmap', 'mmdebstrap']
/** Its tests run where it is, and in CI. */
const IN_CI: readonly Program[] = ['vagrant']
/** By which the others are installed. */
const NEVER: readonly Program[] = ['sudo']

/** Tests call everything, some of it only as root or in CI. */
function ofTests(): Program[] {
  const isRoot = process.geteuid?.() === 0
  const left = [...NEVER, ...(isRoot ? [] : ROOT_ONLY), ...(process.env.CI ? [] : IN_CI)]
  return ALL_PROGRAMS.filter((name) => !left.includes(name))
}

const JOBS: Readonly<Record<string, () => Program[] | Promise<Program[]>>> = {
  conformance: ofScenarios,
  test: ofTests,
  fresh: () => ['git', 'mmdebstrap', 'unshare', 'mount', 'setpriv'],
}

const programs = await JOBS[job]!()
process.stdout.write(`${JSON.stringify([...new Set(programs)])}\n`)
