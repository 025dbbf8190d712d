/** Text of a platform file, with the files that it names → Platform, or everything that is wrong with them. */
import type { Platform } from './platform.ts'
import { type PlatformFile, platformSchema } from './platform-schema.ts'
import { readRequest, readRequestLines } from './request/read.ts'
import type { Request } from './request/request.ts'
import { type Path, parseYaml, type YamlDocument } from './yaml/document.ts'
import { problemsOf } from './yaml/issues.ts'
import { parseJsonLines } from './yaml/json-lines.ts'
import { inOrder, type Problem, type Reading } from './yaml/problem.ts'
import {
  projectLineSchema,
  projectsSchema,
  readZones,
  type WrittenZone,
  writtenInternet,
  writtenProjects,
} from './zones.ts'

export interface Included {
  readonly file: string
  readonly text: string
}

/** How a file reaches the others that it names. */
export interface PlatformPlace {
  readonly file: string
  /** Turns a path in the file into one from where the program runs. */
  readonly resolve: (path: string) => string
  /** Text of a file, or of each file of a folder, by its path in the file; or why that cannot be read. */
  readonly include: (path: string) => readonly Included[] | { readonly reason: string }
}

export function readPlatform(text: string, place: PlatformPlace): Reading<Platform> {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = platformSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, platformSchema) }
  return buildPlatform(checked.data, document, place)
}

/** From data that is of the right shape already, be it a platform's or a scenario's. */
export function buildPlatform(
  data: PlatformFile,
  document: YamlDocument,
  place: PlatformPlace,
): Reading<Platform> {
  const builder = new Builder(document, place)
  const zones = builder.zones(data)
  const requests = (data.requests ?? []).flatMap((path, i) => builder.requests(path, i))
  const { problems, warnings } = builder
  if (problems.length > 0) return { ok: false, problems: ownFirst(problems, place.file) }
  const policyFile = place.resolve(data.policy)
  const value = { policyFile, policyAt: document.place(['policy']), zones, requests }
  return { ok: true, value, warnings }
}

function ownFirst(problems: readonly Problem[], file: string): Problem[] {
  const own = problems.filter(({ at }) => at.file === file)
  return [...inOrder(own), ...problems.filter(({ at }) => at.file !== file)]
}

class Builder {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []
  readonly #document: YamlDocument
  readonly #place: PlatformPlace

  constructor(document: YamlDocument, place: PlatformPlace) {
    this.#document = document
    this.#place = place
  }

  zones({ projects, internet }: PlatformFile) {
    const written = [
      ...(typeof projects === 'string'
        ? this.#include(projects, ['projects']).flatMap((included) => this.#projects(included))
        : writtenProjects(projects, this.#document, ['projects'])),
      writtenInternet(internet, this.#document),
    ]
    const { zones, problems } = readZones(written)
    this.problems.push(...problems)
    return zones
  }

  requests(path: string, i: number): readonly Request[] {
    return this.#include(path, ['requests', i]).flatMap(({ file, text }) => {
      const reading: Reading<readonly Request[]> = isLines(file)
        ? readRequestLines(text, file)
        : asList(readRequest(text, file))
      return this.#take(reading) ?? []
    })
  }

  #include(path: string, at: Path): readonly Included[] {
    const included = this.#place.include(path)
    if (!('reason' in included)) return included
    this.#complain(at, `${JSON.stringify(path)}: ${included.reason}`)
    return []
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }

  #take<T>(reading: Reading<T>): T | undefined {
    if (!reading.ok) {
      this.problems.push(...reading.problems)
      return undefined
    }
    this.warnings.push(...reading.warnings)
    return reading.value
  }

  #projects({ file, text }: Included): WrittenZone[] {
    if (isLines(file)) return this.#projectLines({ file, text })
    const parsed = parseYaml(text, file)
    if (!parsed.ok) {
      this.problems.push(...parsed.problems)
      return []
    }
    const checked = projectsSchema.safeParse(parsed.document.value)
    if (checked.success) return writtenProjects(checked.data, parsed.document, [])
    this.problems.push(...problemsOf(checked.error.issues, parsed.document, projectsSchema))
    return []
  }

  #projectLines({ file, text }: Included): WrittenZone[] {
    return [...parseJsonLines(text, file)].flatMap((parsed): WrittenZone[] => {
      if (!parsed.ok) {
        this.problems.push(...parsed.problems)
        return []
      }
      const { document } = parsed
      const checked = projectLineSchema.safeParse(document.value)
      if (!checked.success) {
        this.problems.push(...problemsOf(checked.error.issues, document, projectLineSchema))
        return []
      }
      const { project, ...zone } = checked.data
      return [{ name: project, kind: 'project', ...zone, document, path: [] }]
    })
  }
}

const isLines = (file: string): boolean => file.endsWith('.jsonl')

function asList<T>(reading: Reading<T>): Reading<readonly T[]> {
  return reading.ok ? { ...reading, value: [reading.value] } : reading
}
