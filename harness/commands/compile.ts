/** The handler of `nftproof compile`. */
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { linkNameProblem, linkNameRemedy } from '../../src/lab/link-name.ts'
import type { Zone } from '../../src/lab/zone.ts'
import { readPrefix } from '../../src/net/address.ts'
import { overlaps } from '../../src/net/prefix.ts'
import type { Grant } from '../../src/policy/grant.ts'
import { tableOf } from '../../src/ruleset/compile.ts'
import { difference, takesGrants } from '../../src/ruleset/difference.ts'
import { renderParts, type Table } from '../../src/ruleset/table.ts'
import { baseRuleset } from '../input/base-ruleset.ts'
import { isForZones } from '../input/load.ts'
import { attempt, boundBy, grantsIn, load, projectsIn } from '../input/policy-subject.ts'
import { sayExactly, warn } from '../output/console.ts'
import { warnOf } from '../output/problem-messages.ts'
import { EXIT, InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { unwritable } from '../system/unwritable.ts'
import { writeWhole } from '../system/write-file.ts'
import type { CompileFlags } from './compile-flags.ts'

export async function compileCommand(file: string, flags: CompileFlags): Promise<number> {
  // Most objects die at once. Collecting them early, in a small young generation, takes 100,000
  // grants 300 MB instead of 460, in the same time.
  setFlagsFromString('--heap-growing-percent=30')
  setFlagsFromString('--semi-space-growth-factor=1')
  if (existsSync(file) && /\.ya?ml$/.test(file) && isForZones(file)) {
    const { zonesTableOf } = await import('./compile-zones.ts')
    const { table, warnings } = zonesTableOf(file, flags)
    return handTable(table, flags, () => warnOf(warnings))
  }
  if (flags.lab !== undefined)
    throw new InputError('--lab needs a policy for zones: this policy has no zones')
  const faults = new Faults()
  const bound = faults.attempt(() => boundBy(file, flags))
  const { scenario } = flags
  const named = (scenario === undefined ? [] : faults.attempt(() => load(scenario, flags))) ?? []
  faults.finish()
  const { policy, projects: own, links, ...subject } = bound!
  if (links) refuseProjects(flags)
  const warnings = [...subject.warnings, ...named.flatMap((one) => one.grantWarnings)]
  const grants = together(flags.grants ? [] : undefined, subject.grants, grantsIn(named))
  const given = (flags.project ?? []).map(readProject)
  const projects = [...own, ...projectsIn(named), ...given]
  distinct(projects, given)
  const table = attempt(() => tableOf(policy, projects, grants, links))
  return handTable(table, flags, () => {
    warnOf(warnings)
    if (projects.length === 0 && !links)
      warn('the ruleset applies to no project yet: name projects with --project or --scenario')
  })
}

/** The projects of a policy for zones are its hosts. */
function refuseProjects(flags: CompileFlags): void {
  for (const flag of ['project', 'scenario'] as const)
    if (flags[flag] !== undefined)
      throw new InputError(
        `--${flag}: the platform has a policy for zones, whose hosts are the projects: leave this option out`,
      )
}

/** The table, or only the commands that change the former one. `caution`: its warnings. */
function handTable(table: Table, flags: CompileFlags, caution: () => void): Promise<number> {
  const old = flags.base === undefined ? undefined : baseRuleset(flags.base)
  // After everything that may be wrong: a user corrects errors first.
  caution()
  const commands = old && changes(old, table)
  const before = old ? [...renderParts(old)].join('') : ''
  return hand(commands ?? renderParts(table), flags, before)
}

type Grants = readonly Grant[] | undefined

/** Undefined if none of them takes grants. */
function together(...lists: readonly Grants[]): Grants {
  return lists.every((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? [])
}

/** Checked by nft if requested, after the rules that it changes. Then printed or written. */
async function hand(text: Iterable<string>, flags: CompileFlags, before = ''): Promise<number> {
  const parts = flags.check ? [...text] : text
  if (flags.check) await check([before, ...parts].join(''))
  if (flags.out === undefined) for (const part of parts) sayExactly(part)
  else write(flags.out, parts)
  return EXIT.conforms
}

/**
 * The difference alone. Undefined if the whole ruleset must be loaded; a message then gives the
 * reason.
 */
function changes(old: Table, table: Table): string[] | undefined {
  const { commands, whole } = difference(old, table)
  if (whole === undefined) return commands.map((command) => `${command}\n`)
  const loses = takesGrants(old) && old.name === table.name && !takesGrants(table)
  const remedy = loses ? ': add --grants to keep that form' : ''
  warn(`the output is the whole ruleset, and its counters restart: ${whole}${remedy}`)
  return undefined
}

/** `shop=eth1,10.20.1.0/24,2001:db8:20:1::/64` */
function readProject(spec: string): Zone {
  const match = /^([a-z][a-z0-9-]*)=([^,]+),(.+)$/.exec(spec)
  if (!match)
    throw new InputError(`--project ${JSON.stringify(spec)}: must be NAME=LINK,PREFIX[,PREFIX…]`)
  const problem = linkNameProblem(match[2]!)
  if (problem !== undefined)
    throw new InputError(
      `--project ${match[1]}: link ${JSON.stringify(match[2])}: ${problem}: ${linkNameRemedy(match[2]!)}`,
    )
  const addresses = match[3]!.split(',').map((text) => {
    const reading = readPrefix(text)
    if (!reading.ok)
      throw new InputError(
        `--project ${match[1]}: prefix ${JSON.stringify(text)}: ${reading.message}`,
      )
    return reading.value
  })
  return { name: match[1]!, kind: 'project', link: match[2]!, addresses }
}

/** Names must differ. Projects that share a link must have different addresses. */
function distinct(projects: readonly Zone[], given: readonly Zone[]): void {
  const byName = new Map<string, Zone>()
  for (const project of projects) {
    const { name, link } = project
    const namesake = byName.get(name)
    if (namesake)
      throw new InputError(
        `projects ${name} (${namesake.link}) and ${name} (${link}): names must differ`,
      )
    byName.set(name, project)
  }
  // Projects of files were already compared when they were read.
  for (const project of given) {
    const { name, link } = project
    const rival = projects.find((other) => other !== project && clash(other, project))
    if (rival)
      throw new InputError(
        `projects ${rival.name} and ${name} share the link ${link}: their prefixes must not overlap`,
      )
  }
}

function clash(a: Zone, b: Zone): boolean {
  if (a.link !== b.link) return false
  return a.addresses.some((one) => b.addresses.some((other) => overlaps(one, other)))
}

async function check(text: string): Promise<void> {
  const { checkInSandbox } = await import('../sandbox/check-ruleset.ts')
  checkInSandbox(text)
}

function write(file: string, parts: Iterable<string>): void {
  try {
    writeWhole(file, parts)
  } catch (cause) {
    throw unwritable(file, cause)
  }
}
