/** What `nftproof compile` does. */
import { existsSync, writeFileSync } from 'node:fs'
import { readPrefix } from '../src/addresses.ts'
import { compile } from '../src/ruleset/compile.ts'
import { RulesetTextError } from '../src/ruleset/text.ts'
import type { Zone } from '../src/scenario.ts'
import { parseYaml } from '../src/yaml/document.ts'
import type { CompileFlags } from './cli/compile.ts'
import { scenariosFolder } from './cli/run.ts'
import { EnvironmentFailure, EXIT, InputFailure } from './failure.ts'
import { warn } from './output.ts'
import { type Loaded, type LoadedPolicy, loadPolicy, loadScenarios, readText } from './read.ts'

export async function compileCommand(file: string, flags: CompileFlags): Promise<number> {
  const { policy, warnings, projects: own } = subjectOf(file, flags)
  for (const { message, at } of warnings) warn(`${at.file}:${at.line}: ${message}`)
  const named = flags.scenario === undefined ? [] : projectsOf(load(flags.scenario, flags))
  const projects = [...own, ...named, ...(flags.project ?? []).map(readProject)]
  distinct(projects)
  const text = attempt(() => compile(policy, projects))
  if (projects.length === 0)
    warn('no project is named, so the ruleset binds nobody yet; see --project and --scenario')
  if (flags.check) await check(text)
  if (flags.out === undefined) process.stdout.write(text)
  else write(flags.out, text)
  return EXIT.conforms
}

type Subject = LoadedPolicy & { readonly projects: readonly Zone[] }

/** A policy's file, or a scenario's file or id: then its projects are bound. */
function subjectOf(file: string, flags: CompileFlags): Subject {
  if (!isScenario(file)) return { ...loadPolicy(file), projects: [] }
  const scenarios = attempt(
    () => load(file, flags),
    (message) => (existsSync(file) ? message : `${file}: no such file, and ${message}`),
  )
  const [first, second] = scenarios
  if (second)
    throw new InputFailure(`${file}: holds ${scenarios.length} scenarios; name one of them`)
  return { ...loadPolicy(first!.scenario.policyFile), projects: projectsOf(scenarios) }
}

/** Only scenarios have sweeps; what is no file can only be an id. */
function isScenario(file: string): boolean {
  const isFile = /\.ya?ml$/.test(file)
  if (!existsSync(file)) return !isFile
  if (!isFile) return false
  const parsed = parseYaml(readText(file, 'policy'), file)
  const value = parsed.ok ? parsed.document.value : undefined
  return typeof value === 'object' && value !== null && 'sweeps' in value
}

function load(scenario: string, { scenarios }: CompileFlags): Loaded[] {
  return loadScenarios(scenariosFolder(scenarios), [scenario])
}

function projectsOf(scenarios: readonly Loaded[]): Zone[] {
  return scenarios.flatMap(({ scenario }) =>
    scenario.zones.filter(({ kind }) => kind === 'project'),
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
  const taken = new Map<string, Zone>()
  for (const project of projects)
    for (const key of [`name ${project.name}`, `link ${project.link}`]) {
      const other = taken.get(key)
      if (other)
        throw new InputFailure(
          `projects ${other.name} (${other.link}) and ${project.name} (${project.link}): names and links must differ`,
        )
      taken.set(key, project)
    }
}

/** Runs `work`; bad input is told in the words of `tell`. */
function attempt<T>(work: () => T, tell = (message: string) => message): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof RulesetTextError || cause instanceof InputFailure)
      throw new InputFailure(tell(cause.message), { cause })
    throw cause
  }
}

async function check(text: string): Promise<void> {
  const { checkInSandbox } = await import('./firewall/check.ts')
  checkInSandbox(text)
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
