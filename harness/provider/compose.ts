/**
 * One service of a compose file, with the settings that a firewall without its own network can
 * have. Keys about networks, other services and restarts are ignored. Any other unknown key is
 * refused.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { NO_TRUST, type Trust } from '../../src/firewall/trust.ts'
import { type Path, parseYaml, type YamlDocument } from '../../src/input/document.ts'
import type { Problem } from '../../src/input/problem.ts'
import { quoted } from '../../src/input/quoted.ts'
import { check } from '../../src/input/schema-check.ts'
import { suggestion } from '../../src/input/suggestion.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { readText, shown } from '../system/text-file.ts'
import {
  type Build,
  isMapping,
  refusalsOf,
  refusedBuild,
  refusedNetworks,
} from './compose-refusals.ts'
import { serviceSchema } from './compose-schema.ts'
import { Variables } from './compose-variables.ts'
import { type Rights, rightsOf } from './rights.ts'

export interface Service {
  readonly image?: string
  /** The build context is an absolute path. */
  readonly build?: Build
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user?: string
  readonly workingDir?: string
  readonly rights: Rights
}

type ServiceFile = z.infer<typeof serviceSchema>

const fileSchema = z.looseObject({ services: z.record(z.string(), z.unknown()) })

/** Throws InputError for an unknown service, and for all refused or unknown keys in it. */
export function readService(file: string, name: string, trust: Trust = NO_TRUST): Service {
  const { data, environment } = serviceIn(file, name, trust)
  const { build, entrypoint, command, user } = data
  return {
    ...(data.image === undefined ? {} : { image: data.image }),
    ...(build === undefined ? {} : { build: wholeBuild(build, file) }),
    ...(entrypoint === undefined ? {} : { entrypoint: commandOf(entrypoint) }),
    ...(command === undefined ? {} : { command: commandOf(command) }),
    environment,
    ...(user === undefined ? {} : { user: `${user}` }),
    ...(data.working_dir === undefined ? {} : { workingDir: data.working_dir }),
    rights: rightsOf(data, file),
  }
}

interface Read {
  readonly data: ServiceFile
  readonly environment: Readonly<Record<string, string>>
}

/** All errors in the parts of the file that are read: the services, and this one. */
function serviceIn(file: string, name: string, trust: Trust): Read {
  const document = documentOf(file)
  const services = servicesIn(document, name)
  const within = partOf(document, ['services', name])
  const variables = new Variables(within, trust.has('environment'))
  const value = variables.filled(services[name], [])
  const service = isMapping(value) ? value : {}
  const asked = { service, document: within, trust }
  const refused = refusalsOf(asked)
  const judged = isMapping(value) ? without(value, refused.keys) : value
  const checked = check({ ...within, value: judged }, serviceSchema)
  const { data } = checked
  const environment = environmentOf(data?.environment ?? {}, variables)
  const build = data?.build as ServiceFile['build']
  const all: Problem[] = [
    ...included(document),
    ...variables.problems,
    ...refused.problems,
    ...refusedNetworks(asked, document),
    ...(build === undefined ? [] : refusedBuild(buildOf(build), file, asked)),
    ...checked.problems,
  ]
  if (!checked.ok || all.length > 0) throw new FaultyFiles(all)
  return { data: checked.data, environment }
}

function documentOf(file: string): YamlDocument {
  const parsed = parseYaml(readText(file, 'compose'), shown(file))
  if (!parsed.ok) throw new FaultyFiles(parsed.problems)
  return parsed.document
}

function servicesIn(document: YamlDocument, name: string): Readonly<Record<string, unknown>> {
  const { problems } = check(document, fileSchema)
  if (problems.length > 0) throw new FaultyFiles(problems)
  const { services } = document.value as z.infer<typeof fileSchema>
  if (Object.hasOwn(services, name)) return services
  const message = `unknown service ${quoted(name)}${suggestion(name, Object.keys(services))}`
  throw new FaultyFiles([{ at: document.keyPlace(['services']), message }])
}

/** Other files are not read. */
function included(document: YamlDocument): Problem[] {
  if (!isMapping(document.value) || document.value.include === undefined) return []
  const message = 'include: reads other files: write their services here'
  return [{ at: document.keyPlace(['include']), message }]
}

/** A part of a document as a document of its own. */
function partOf(document: YamlDocument, above: Path): YamlDocument {
  return {
    value: undefined,
    problems: [],
    place: (path) => document.place([...above, ...path]),
    keyPlace: (path) => document.keyPlace([...above, ...path]),
  }
}

function without(value: Readonly<Record<string, unknown>>, keys: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)))
}

function buildOf(build: NonNullable<ServiceFile['build']>): Build {
  const { context, dockerfile = 'Dockerfile' } =
    typeof build === 'string' ? { context: build } : build
  return { context, dockerfile }
}

function wholeBuild(build: NonNullable<ServiceFile['build']>, file: string): Build {
  const { context, dockerfile } = buildOf(build)
  return { context: resolve(dirname(file), context), dockerfile }
}

/** A string is a command line: it is split as in compose. */
const commandOf = (text: string | readonly string[]): readonly string[] =>
  typeof text === 'string' ? ['sh', '-c', `exec ${text}`] : text

/** A name without a value takes the value of the environment. */
function environmentOf(
  given: Partial<Record<string, unknown>> | readonly unknown[],
  variables: Variables,
): Record<string, string> {
  const pairs = Array.isArray(given)
    ? given.map((one, i) => pairOf(`${one}`, i))
    : Object.entries(given).map(([key, value]) => ({ key, value, at: key }))
  return Object.fromEntries(
    pairs.flatMap(({ key, value, at }) => {
      const text = value ?? variables.valueOf(key, ['environment', at])
      return text === undefined ? [] : [[key, `${text}`]]
    }),
  )
}

function pairOf(text: string, at: number) {
  const equals = text.indexOf('=')
  return equals < 0
    ? { key: text, value: undefined, at }
    : { key: text.slice(0, equals), value: text.slice(equals + 1), at }
}
