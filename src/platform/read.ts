/** Text of a platform file and of the files that it names → Platform, or all errors. */

import { type Path, parseYaml, type YamlDocument } from '../input/document.ts'
import { parseJsonLines } from '../input/json-lines.ts'
import type { SourcePosition } from '../input/position.ts'
import { append, inOrder, type Problem, type Reading } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import type { Zone } from '../lab/zone.ts'
import { type Organizations, UNREADABLE } from '../request/grants.ts'
import {
  type NamedRequest,
  type RequestReading,
  readRequest,
  readRequestLines,
  together,
} from '../request/read.ts'
import type { Request } from '../request/request.ts'
import type { Platform } from './platform.ts'
import {
  projectLineSchema,
  projectsSchema,
  readZones,
  type WrittenZone,
  writtenInternet,
  writtenParts,
  writtenProjects,
} from './projects.ts'
import { type PlatformFile, platformSchema } from './schema.ts'

export interface Included {
  readonly file: string
  readonly text: string
}

/** Access to the files that a platform file names. */
export interface PlatformSource {
  readonly file: string
  /**
   * Turns a path of the file into one relative to the working directory. `at`: the position of the
   * path in the file.
   */
  readonly resolve: (path: string, at: SourcePosition) => string
  /**
   * The text of a file, or of each file of a folder, by its path in the file; or why it cannot be
   * read.
   */
  readonly include: (path: string) => readonly Included[] | { readonly reason: string }
}

/** The valid parts of a platform, even if others have errors. */
export interface KnownPlatform {
  /** The policy that the file names. */
  readonly policy: Pick<Platform, 'policyFile' | 'policyAt'> | undefined
  /** At least the names of the zones. */
  readonly zones: readonly Zone[]
  /** False if the platform may have more projects than these. */
  readonly hasAllZones: boolean
  readonly organizations: Organizations
  readonly requests: readonly NamedRequest[]
  /** False if the platform may have more requests than these. */
  readonly hasAllRequests: boolean
}

export type PlatformReading = Reading<Platform> & { readonly known: KnownPlatform }

export function readPlatform(text: string, place: PlatformSource): PlatformReading {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return { ...parsed, known: NOTHING }
  const { document } = parsed
  const checked = check(document, platformSchema)
  const reading = buildPlatform(checked.data, document, place)
  return checked.ok ? reading : withProblems(reading, checked.problems)
}

/** For a file that cannot be read at all. */
export const NOTHING: KnownPlatform = {
  policy: undefined,
  zones: [],
  hasAllZones: false,
  organizations: new Map(),
  requests: [],
  hasAllRequests: false,
}

export function withProblems(reading: PlatformReading, more: readonly Problem[]): PlatformReading {
  const { known } = reading
  const problems = inOrder([...more, ...(reading.ok ? [] : reading.problems)])
  return { ok: false, problems, known }
}

/** Builds a platform from the valid parts of a platform file or a scenario. */
export function buildPlatform(
  data: Partly<PlatformFile>,
  document: YamlDocument,
  place: PlatformSource,
): PlatformReading {
  const builder = new Builder(document, place)
  const lab = data?.lab
  const zones = lab === undefined ? builder.zones(data ?? {}) : builder.withoutZones()
  const requests = (data?.requests ?? []).flatMap((path, i) => builder.requests(path, i))
  const policy =
    data?.policy === undefined
      ? undefined
      : namedPolicy(data.policy, document.place(['policy']), place)
  const { problems, warnings, known } = builder
  const all = { policy, zones, ...known }
  const at = document.place(['lab'])
  const own = lab === undefined ? {} : { lab: { file: place.resolve(lab, at), at } }
  if (problems.length > 0 || !policy)
    return { ok: false, problems: ownFirst(problems, place.file), known: all }
  return { ok: true, value: { ...policy, ...own, zones, requests }, warnings, known: all }
}

function namedPolicy(path: string, policyAt: SourcePosition, place: PlatformSource) {
  return { policyFile: place.resolve(path, policyAt), policyAt }
}

function ownFirst(problems: readonly Problem[], file: string): Problem[] {
  const own = problems.filter(({ at }) => at.file === file)
  return inOrder([...own, ...problems.filter(({ at }) => at.file !== file)])
}

class Builder {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []
  readonly #requests: NamedRequest[] = []
  #organizations: Organizations = new Map()
  #hasAllZones = true
  #hasAllRequests = true
  readonly #document: YamlDocument
  readonly #place: PlatformSource

  constructor(document: YamlDocument, place: PlatformSource) {
    this.#document = document
    this.#place = place
  }

  get known(): Omit<KnownPlatform, 'policy' | 'zones'> {
    return {
      organizations: this.#organizations,
      hasAllZones: this.#hasAllZones,
      requests: this.#requests,
      hasAllRequests: this.#hasAllRequests,
    }
  }

  /** Those of a policy for zones are not in the platform's files. */
  withoutZones(): Zone[] {
    this.#hasAllZones = false
    return []
  }

  zones({ projects, internet }: NonNullable<Partly<PlatformFile>>) {
    if (projects === undefined) this.#hasAllZones = false
    const written = [
      ...(typeof projects === 'string'
        ? this.#include(projects, ['projects']).flatMap((included) => this.#projects(included))
        : writtenProjects(projects, this.#document, ['projects'])),
      writtenInternet(internet, this.#document),
    ]
    const { zones, problems } = readZones(written)
    append(this.problems, problems)
    this.#organizations = new Map(
      written
        .filter(({ kind }) => kind === 'project')
        .map(({ name, organization, isBroken }) => [
          name,
          organization ?? (isBroken ? UNREADABLE : undefined),
        ]),
    )
    return zones
  }

  requests(path: string | undefined, i: number): readonly Request[] {
    if (path === undefined) {
      this.#hasAllRequests = false
      return []
    }
    return this.#include(path, ['requests', i]).flatMap((included) => {
      const reading = requestsIn(included)
      append(this.#requests, reading.named)
      if (reading.named.length === 0 || reading.named.some(({ id }) => id === undefined))
        this.#hasAllRequests = false
      return this.#take(reading) ?? []
    })
  }

  #include(path: string, at: Path): readonly Included[] {
    const included = this.#place.include(path)
    if (!('reason' in included)) return included
    this.#complain(at, `${quoted(path)}: ${included.reason}`)
    if (at[0] === 'projects') this.#hasAllZones = false
    else this.#hasAllRequests = false
    return []
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }

  #take<T>(reading: Reading<T>): T | undefined {
    if (!reading.ok) {
      append(this.problems, reading.problems)
      return undefined
    }
    append(this.warnings, reading.warnings)
    return reading.value
  }

  #projects({ file, text }: Included): WrittenZone[] {
    if (isLines(file)) return this.#projectLines({ file, text })
    const parsed = parseYaml(text, file)
    if (!parsed.ok) return this.#lost(parsed.problems)
    const checked = check(parsed.document, projectsSchema)
    append(this.problems, checked.problems)
    if (checked.data === undefined) this.#hasAllZones = false
    return writtenProjects(checked.data, parsed.document, [])
  }

  #projectLines({ file, text }: Included): WrittenZone[] {
    return [...parseJsonLines(text, file)].flatMap((parsed): WrittenZone[] => {
      if (!parsed.ok) return this.#lost(parsed.problems)
      const { document } = parsed
      const checked = check(document, projectLineSchema)
      append(this.problems, checked.problems)
      const name = checked.data?.project
      if (name === undefined) return this.#lost([])
      return [{ name, kind: 'project', ...writtenParts(checked.data), document, path: [] }]
    })
  }

  /** A project without a readable name. */
  #lost(problems: readonly Problem[]): [] {
    append(this.problems, problems)
    this.#hasAllZones = false
    return []
  }
}

/** The requests of a file or of a folder, with all their errors. */
export function includedRequests(
  path: string,
  at: SourcePosition,
  include: PlatformSource['include'],
): RequestReading<readonly Request[]> {
  const included = include(path)
  if ('reason' in included)
    return {
      ok: false,
      problems: [{ at, message: `${quoted(path)}: ${included.reason}` }],
      named: [],
    }
  return together(included.map(requestsIn))
}

const requestsIn = ({ file, text }: Included): RequestReading<readonly Request[]> =>
  isLines(file) ? readRequestLines(text, file) : asList(readRequest(text, file))

const isLines = (file: string): boolean => file.endsWith('.jsonl')

function asList<T>(reading: RequestReading<T>): RequestReading<readonly T[]> {
  return reading.ok ? { ...reading, value: [reading.value] } : reading
}
