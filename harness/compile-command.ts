/** What `nftproof compile` does. */
import { writeFileSync } from 'node:fs'
import { readPrefix } from '../src/addresses.ts'
import { compile } from '../src/ruleset/compile.ts'
import { RulesetTextError } from '../src/ruleset/text.ts'
import type { Zone } from '../src/scenario.ts'
import type { CompileFlags } from './cli/compile.ts'
import { scenariosFolder } from './cli/run.ts'
import { EnvironmentFailure, EXIT, InputFailure } from './failure.ts'
import { warn } from './output.ts'
import { loadPolicy, loadScenarios } from './read.ts'

export async function compileCommand(file: string, flags: CompileFlags): Promise<number> {
  const { policy, warnings } = loadPolicy(file)
  for (const { message, at } of warnings) warn(`${at.file}:${at.line}: ${message}`)
  const projects = [...fromScenario(flags), ...(flags.project ?? []).map(readProject)]
  distinct(projects)
  const text = attempt(() => compile(policy, projects))
  if (projects.length === 0)
    warn('no project is named, so the ruleset binds nobody yet; see --project and --scenario')
  if (flags.check) await check(text)
  if (flags.out === undefined) process.stdout.write(text)
  else write(flags.out, text)
  return EXIT.conforms
}

function fromScenario({ scenario, scenarios }: CompileFlags): Zone[] {
  if (scenario === undefined) return []
  return loadScenarios(scenariosFolder(scenarios), [scenario]).flatMap((loaded) =>
    loaded.scenario.zones.filter((zone) => zone.kind === 'project'),
  )
}

/** `shop=eth1,10.20.1.0/24,2001:db8:20:1::/64` */
function readProject(spec: string): Zone {
  const match = /^([a-z][a-z0-9-]*)=([^,]+),(.+)$/.exec(spec)
  if (!match)
    throw new InputFailure(`--project ${JSON.stringify(spec)}: must be NAME=LINK,PREFIX[,PREFIX…]`)
  const addresses = match[3]!.split(',').map((text) => {
    const reading = readPrefix(text)
    if (!reading.ok)
      throw new InputFailure(
        `--project ${match[1]}: prefix ${JSON.stringify(text)}: ${reading.message}`,
      )
    return reading.value
  })
  return { name: match[1]!, kind: 'project', link: match[2]!, addresses }
}

function distinct(projects: readonly Zone[]): void {
  projects.forEach(({ name, link }, i) => {
    for (const other of projects.slice(0, i))
      if (other.name === name || other.link === link)
        throw new InputFailure(
          `projects ${other.name} (${other.link}) and ${name} (${link}): names and links must differ`,
        )
  })
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof RulesetTextError) throw new InputFailure(cause.message, { cause })
    throw cause
  }
}

async function check(text: string): Promise<void> {
  const { checkInSandbox } = await import('./firewall/check.ts')
  await checkInSandbox(text)
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new EnvironmentFailure(`${file} could not be written: ${(cause as Error).message}`, {
      cause,
    })
  }
}
