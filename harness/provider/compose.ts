/**
 * One service of a compose file, as far as a firewall without a network of its
 * own can have it. What is about networks, other services and staying up is
 * left out; whatever else is not known here is refused, not ignored.
 */
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { InputFailure } from '../failure.ts'
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
  const at = shown(file)
  const { services } = checked(fileSchema, document(file), at)
  if (!(name in services))
    throw new InputFailure(
      `${at}: there is no service ${name}, but ${Object.keys(services).join(', ')}`,
    )
  const service = checked(serviceSchema, services[name], `${at}: service ${name}`)
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

function document(file: string): unknown {
  const text = readText(file, 'compose')
  try {
    return interpolated(parse(text), shown(file))
  } catch (cause) {
    if (cause instanceof InputFailure) throw cause
    throw new InputFailure(`${shown(file)}: ${(cause as Error).message}`, { cause })
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const said = error.issues.map(({ path, message }) => `${at}: ${[...path, message].join(': ')}`)
  throw new InputFailure(said.join('\n'))
}

/** `$NAME`, `${NAME}` and `${NAME:-default}` of the environment; `$$` is a dollar sign. */
function interpolated(value: unknown, at: string): unknown {
  if (typeof value === 'string')
    return value.replaceAll(
      /\$(?:\$|(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
      (whole, a, b, otherwise) => {
        if (whole === '$$') return '$'
        const found = process.env[a ?? b] ?? otherwise
        if (found === undefined) throw new InputFailure(`${at}: ${whole} is not in the environment`)
        return found
      },
    )
  if (Array.isArray(value)) return value.map((one) => interpolated(one, at))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, interpolated(one, at)]))
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
