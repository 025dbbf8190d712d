/**
 * The privileges that a compose service requests beyond a plain container, key by key, with
 * positions.
 */

import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Trust } from '../../src/firewall/trust.ts'
import type { Path, YamlDocument } from '../../src/input/document.ts'
import type { Problem } from '../../src/input/problem.ts'
import { quoted } from '../../src/input/quoted.ts'
import { shown } from '../system/text-file.ts'
import { isWithin } from '../system/within.ts'
import { NEVER, RULES, type Rule } from './compose-rules.ts'

type Mapping = Readonly<Record<string, unknown>>

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface Asked {
  /** The service with its variables replaced. */
  readonly service: Mapping
  /** Source positions in the service. */
  readonly document: YamlDocument
  readonly trust: Trust
}

/** `keys`: refused keys, about which nothing more is reported. */
export interface Refusals {
  readonly problems: readonly Problem[]
  readonly keys: ReadonlySet<string>
}

export function refusalsOf({ service, document, trust }: Asked): Refusals {
  const problems: Problem[] = []
  const keys = new Set<string>()
  const refuse = (key: string, path: Path, message: string): void => {
    keys.add(key)
    const isNamed = typeof path.at(-1) === 'string'
    const at = isNamed ? document.keyPlace(path) : document.place(path)
    problems.push({ at, message })
  }
  for (const [key, value] of Object.entries(service)) {
    const why = Object.hasOwn(NEVER, key) ? NEVER[key] : undefined
    if (why !== undefined) refuse(key, [key], `${key}: ${why}`)
    if (!Object.hasOwn(RULES, key)) continue
    const rule = RULES[key as keyof typeof RULES]
    for (const one of entriesOf(key, value)) {
      const message = refusalOf(rule, { key, ...one }, trust)
      if (message !== undefined) refuse(key, one.path, message)
    }
  }
  return { problems, keys }
}

interface Entry {
  readonly value: unknown
  readonly path: Path
}

/** A list is checked entry by entry, settings by their names. */
function entriesOf(key: string, value: unknown): Entry[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.map((one, i) => ({ value: one, path: [key, i] }))
  if (key === 'sysctls' && isMapping(value))
    return Object.keys(value).map((name) => ({ value: name, path: [key, name] }))
  return [{ value, path: [key] }]
}

function refusalOf(
  rule: Rule,
  { key, value, path }: Entry & { readonly key: string },
  trust: ReadonlySet<string>,
): string | undefined {
  if (rule.isHarmless(value)) return undefined
  const what = path.length === 1 && typeof value !== 'string' ? key : `${key} ${quoted(value)}`
  if (rule.isPossible && !rule.isPossible(value))
    return `${what}: refers to another container, which does not run here: remove it`
  if (trust.has(key)) return undefined
  return `${what}: gives the container ${rule.gives}: remove it, or allow it (--trust ${key})`
}

/** Drivers whose networks are separate from this machine's. */
const OWN_DRIVERS: readonly unknown[] = [undefined, null, 'bridge', 'overlay', 'none']

/** Networks of the service that exist outside the file. `root`: the whole file. */
export function refusedNetworks({ service, trust }: Asked, root: YamlDocument): Problem[] {
  const all = isMapping(root.value) ? root.value.networks : undefined
  if (!isMapping(all) || trust.has('networks')) return []
  return networksOf(service.networks).flatMap((name) => {
    const network = Object.hasOwn(all, name) ? all[name] : undefined
    if (!isMapping(network)) return []
    const isExternal = network.external !== undefined && network.external !== false
    const isDriven = !OWN_DRIVERS.includes(network.driver)
    const keys = [...(isExternal ? ['external'] : []), ...(isDriven ? ['driver'] : [])]
    return keys.map((key) => ({
      at: root.keyPlace(['networks', name, key]),
      message: `networks ${quoted(name)}: ${key} names a network of this machine: remove it, or allow it (--trust networks)`,
    }))
  })
}

function networksOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string')
  return isMapping(value) ? Object.keys(value) : ['default']
}

export interface Build {
  readonly context: string
  /** Inside the build context. */
  readonly dockerfile: string
}

/** Folders outside that of the compose file, whose files would become part of the build. */
export function refusedBuild(
  { context, dockerfile }: Build,
  file: string,
  { document, trust }: Asked,
): Problem[] {
  if (trust.has('build')) return []
  const folder = dirname(file)
  const isInFolder = isReallyWithin(folder, resolve(folder, context))
  const isOwn = isReallyWithin(resolve(folder, context), resolve(folder, context, dockerfile))
  const beyond = (what: string, value: string, of: string): Problem => ({
    at: document.keyPlace(['build']),
    message: `build ${what} ${quoted(value)}: is outside ${of}: move it there, or allow it (--trust build)`,
  })
  return [
    ...(isInFolder ? [] : [beyond('context', context, `the folder of ${shown(file)}`)]),
    ...(isOwn ? [] : [beyond('dockerfile', dockerfile, 'its context')]),
  ]
}

/** Links are followed first. A missing file is reported by its reader. */
const isReallyWithin = (folder: string, path: string): boolean =>
  isWithin(realOf(folder), realOf(path))

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(resolve(path))
    return above === path ? path : join(realOf(above), basename(path))
  }
}
