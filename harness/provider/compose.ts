/**
 * One service of a compose file, as far as a firewall without a network of its
 * own can have it. What is about networks, other services and staying up is
 * left out; whatever else is not known here is refused, not ignored.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { check } from '../../src/yaml/check.ts'
import { type Path, parseYaml, type YamlDocument } from '../../src/yaml/document.ts'
import type { Problem } from '../../src/yaml/problem.ts'
import { quoted } from '../../src/yaml/quoted.ts'
import { suggestion } from '../../src/yaml/suggestion.ts'
import { InputFailure } from '../failure.ts'
import { FaultyFiles } from '../problems.ts'
import { readText, shown } from '../text-file.ts'

export interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile?: string }
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user?: string
  readonly workingDir?: string
  readonly privileged: boolean
  readonly capAdd: readonly string[]
  readonly binds: readonly { source: string; target: string; mode: 'rw' | 'ro' }[]
  readonly tmpfs: Readonly<Record<string, string>>
}

/** About what a firewall on the harness's wire does not have. */
const LEFT_OUT = [
  ...['networks', 'network_mode', 'ports', 'expose', 'links', 'dns', 'extra_hosts', 'hostname'],
  ...['depends_on', 'restart', 'container_name', 'healthcheck', 'labels', 'logging', 'profiles'],
  ...['sysctls', 'cap_drop', 'stdin_open', 'tty', 'init', 'stop_grace_period', 'pull_policy'],
]

const words = z.union([z.string(), z.array(z.string())])
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const leftOut = Object.fromEntries(LEFT_OUT.map((key) => [key, z.unknown().optional()]))

const serviceSchema = z
  .strictObject({
    ...leftOut,
    image: z.string().optional(),
    build: z
      .union([
        z.string(),
        z.strictObject({ context: z.string(), dockerfile: z.string().optional() }),
      ])
      .optional(),
    entrypoint: words.optional(),
    command: words.optional(),
    environment: z.union([z.array(z.string()), z.record(z.string(), scalar)]).optional(),
    user: z.union([z.string(), z.number()]).optional(),
    working_dir: z.string().optional(),
    privileged: z.boolean().optional(),
    cap_add: z.array(z.string()).optional(),
    volumes: z.array(z.string()).optional(),
    tmpfs: words.optional(),
  })
  .refine(({ image, build }) => image !== undefined || build !== undefined, {
    error: 'must have an image or a build',
  })

const fileSchema = z.looseObject({ services: z.record(z.string(), z.unknown()) })

/** Throws InputFailure for a service that is not there, or has what is not known here. */
export function readService(file: string, name: string): Service {
  const service = serviceIn(file, name)
  const { build, entrypoint, command, user } = service
  return {
    ...(service.image === undefined ? {} : { image: service.image }),
    ...(build === undefined ? {} : { build: buildOf(build) }),
    ...(entrypoint === undefined ? {} : { entrypoint: commandOf(entrypoint) }),
    ...(command === undefined ? {} : { command: commandOf(command) }),
    environment: environmentOf(service.environment ?? {}),
    ...(user === undefined ? {} : { user: `${user}` }),
    ...(service.working_dir === undefined ? {} : { workingDir: service.working_dir }),
    privileged: service.privileged ?? false,
    capAdd: service.cap_add ?? [],
    binds: (service.volumes ?? []).map((volume) => bindOf(volume, file)),
    tmpfs: Object.fromEntries([service.tmpfs ?? []].flat().map(tmpfsOf)),
  }
}

/** Everything that is wrong with the file as far as it is read: its services, and this one of them. */
function serviceIn(file: string, name: string): z.infer<typeof serviceSchema> {
  const parsed = parseYaml(readText(file, 'compose'), shown(file))
  if (!parsed.ok) throw new FaultyFiles(parsed.problems)
  const { document } = parsed
  const { problems } = check(document, fileSchema)
  const services = (document.value as { services?: object } | null)?.services
  const isThere = typeof services === 'object' && services !== null && Object.hasOwn(services, name)
  if (problems.length > 0) throw new FaultyFiles(problems)
  if (!isThere) {
    const known = suggestion(name, Object.keys(services ?? {}))
    const message = `there is no service ${quoted(name)}${known}`
    throw new FaultyFiles([{ at: document.keyPlace(['services']), message }])
  }
  const within = partOf(document, ['services', name])
  const variables = new Variables(within)
  const value = variables.filled((services as Record<string, unknown>)[name], [])
  const checked = check({ ...within, value }, serviceSchema)
  const all = [...variables.problems, ...checked.problems]
  if (!checked.ok || all.length > 0) throw new FaultyFiles(all)
  return checked.data
}

/** A part of a document, as if it were one. */
function partOf(document: YamlDocument, above: Path): YamlDocument {
  return {
    value: undefined,
    problems: [],
    place: (path) => document.place([...above, ...path]),
    keyPlace: (path) => document.keyPlace([...above, ...path]),
  }
}

const VARIABLE = /\$(?:\$|(\w+)|\{(\w+)(?::?-([^}]*))?\})/g

/** `$NAME`, `${NAME}` and `${NAME:-default}` of the environment; `$$` is a dollar sign. */
class Variables {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  filled(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return this.#text(value, path)
    if (Array.isArray(value)) return value.map((one, i) => this.filled(one, [...path, i]))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    return Object.fromEntries(entries.map(([key, one]) => [key, this.filled(one, [...path, key])]))
  }

  #text(text: string, path: Path): string {
    return text.replaceAll(VARIABLE, (whole, a, b, otherwise) => {
      if (whole === '$$') return '$'
      const found = process.env[a ?? b] ?? otherwise
      if (found !== undefined) return found
      const message = `${quoted(whole)} is not in the environment: set it, or write \${${a ?? b}:-DEFAULT}`
      this.problems.push({ at: this.#document.place(path), message })
      return whole
    })
  }
}

function buildOf(build: string | { context: string; dockerfile?: string | undefined }) {
  if (typeof build === 'string') return { context: build }
  const { context, dockerfile } = build
  return { context, ...(dockerfile === undefined ? {} : { dockerfile }) }
}

/** A string is a shell's line here: compose splits it as one would. */
const commandOf = (text: string | readonly string[]): readonly string[] =>
  typeof text === 'string' ? ['sh', '-c', `exec ${text}`] : text

function environmentOf(
  given: readonly string[] | Readonly<Record<string, string | number | boolean | null>>,
): Record<string, string> {
  const pairs = Array.isArray(given)
    ? given.map(
        (one: string) =>
          [one.split('=')[0]!, one.includes('=') ? one.slice(one.indexOf('=') + 1) : null] as const,
      )
    : Object.entries(given as Record<string, string | number | boolean | null>)
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => {
      const text = value ?? process.env[name]
      return text === undefined ? [] : [[name, `${text}`]]
    }),
  )
}

/** `./rules:/etc/nftables.d:ro`; volumes with a name belong to a project that does not run. */
function bindOf(volume: string, file: string) {
  const [source = '', target = '', mode] = volume.split(':')
  if (!/^[./~]/.test(source) || target === '')
    throw new InputFailure(
      `${shown(file)}: volume ${volume}: only folders and files are mounted (./SOURCE:/TARGET)`,
    )
  const path = source.startsWith('~') ? source.replace('~', process.env.HOME ?? '/root') : source
  return {
    source: resolve(dirname(file), path),
    target,
    mode: mode === 'ro' ? ('ro' as const) : ('rw' as const),
  }
}

const tmpfsOf = (text: string): [string, string] => {
  const [path = '', options = ''] = text.split(':')
  return [path, options]
}
