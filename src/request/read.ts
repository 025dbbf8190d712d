/** Text of a request file → Request, or all its errors. */

import { parseYaml, type YamlDocument } from '../input/document.ts'
import { parseJsonLines } from '../input/json-lines.ts'
import type { SourcePosition } from '../input/position.ts'
import { append, inOrder, type Problem, type Reading } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import { type Prefix, readAnyPrefix } from '../net/address.ts'
import { PortSet } from '../net/port-set.ts'
import { PrefixSet } from '../net/prefix-set.ts'
import { counted } from '../net/text.ts'
import { readPorts } from '../policy/numbers.ts'
import type { Decision, Request } from './request.ts'
import { type RequestFile, requestSchema } from './schema.ts'

/** A use case with fewer words gets a warning. */
const FEW_WORDS = 6

/** The identity of a request: present as far as it is valid, even if other keys are wrong. */
export interface NamedRequest {
  readonly id: string | undefined
  readonly project: string | undefined
  readonly organization: string | undefined
  readonly at: SourcePosition
  readonly places: Pick<Request['places'], 'id' | 'project' | 'organization'>
}

/** If the reading fails, `named` has the valid identities. */
export type RequestReading<T> = Reading<T> & { readonly named: readonly NamedRequest[] }

export function readRequest(text: string, file: string): RequestReading<Request> {
  const parsed = parseYaml(text, file)
  return parsed.ok ? fromDocument(parsed.document) : { ...parsed, named: [] }
}

/**
 * One request a line, each a JSON object with the keys of a request file. Empty lines are skipped.
 */
export function readRequestLines(text: string, file: string): RequestReading<Request[]> {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const named: NamedRequest[] = []
  const value: Request[] = []
  for (const parsed of parseJsonLines(text, file)) {
    const reading = parsed.ok ? fromDocument(parsed.document) : { ...parsed, named: [] }
    append(named, reading.named)
    if (reading.ok) {
      value.push(reading.value)
      append(warnings, reading.warnings)
    } else append(problems, reading.problems)
  }
  return problems.length > 0 ? { ok: false, problems, named } : { ok: true, value, warnings, named }
}

/** Several files as one, with the errors of all. */
export function together(
  readings: readonly RequestReading<readonly Request[]>[],
): RequestReading<readonly Request[]> {
  const problems = readings.flatMap((one) => (one.ok ? [] : one.problems))
  const named = readings.flatMap((one) => one.named)
  if (problems.length > 0) return { ok: false, problems, named }
  const good = readings.filter((one) => one.ok)
  return {
    ok: true,
    value: good.flatMap(({ value }) => value),
    named,
    warnings: good.flatMap(({ warnings }) => warnings),
  }
}

function fromDocument(document: YamlDocument): RequestReading<Request> {
  const checked = check(document, requestSchema)
  const { data } = checked
  const { destinations, problems } = readDestinations(data?.destinations ?? [], document)
  const named = [namedOf(data, document)]
  if (!checked.ok || problems.length > 0)
    return { ok: false, problems: inOrder([...checked.problems, ...problems]), named }
  const value = build(checked.data, destinations, document)
  return { ok: true, value, warnings: vague(checked.data, document), named }
}

function namedOf(data: Partly<RequestFile>, document: YamlDocument): NamedRequest {
  return {
    id: data?.request,
    project: data?.project,
    organization: data?.organization,
    at: document.keyPlace(['request']),
    places: {
      id: document.place(['request']),
      project: document.place(['project']),
      organization: document.place(['organization']),
    },
  }
}

function readDestinations(texts: readonly (string | undefined)[], document: YamlDocument) {
  const taken = new PrefixSet()
  const destinations: Prefix[] = []
  const problems: Problem[] = []
  for (const [i, text] of texts.entries()) {
    if (text === undefined) continue
    const reading = readAnyPrefix(text)
    const known = reading.ok ? taken.overlapping(reading.value) : undefined
    const fault = !reading.ok
      ? reading.message
      : known && `overlaps ${known.address}/${known.prefixLength}`
    if (reading.ok && !known) {
      destinations.push(reading.value)
      taken.add(reading.value)
    }
    if (fault !== undefined)
      problems.push({
        at: document.place(['destinations', i]),
        message: `destination ${quoted(text)}: ${fault}`,
      })
  }
  return { destinations, problems }
}

function vague({ useCase }: RequestFile, document: YamlDocument): Problem[] {
  const words = useCase.split(/\s+/).length
  if (words >= FEW_WORDS) return []
  const message = `useCase ${quoted(useCase)}: ${counted(words, 'word')}: explain in at least ${FEW_WORDS} words`
  return [{ at: document.place(['useCase']), message }]
}

function build(data: RequestFile, destinations: Prefix[], document: YamlDocument): Request {
  const place = (key: string): SourcePosition => document.place([key])
  return {
    id: data.request,
    project: data.project,
    organization: data.organization,
    useCase: data.useCase,
    tcp: portsOf(data.ports.tcp),
    udp: portsOf(data.ports.udp),
    destinations,
    requested: data.requested,
    decision: decisionOf(data.decision),
    at: document.keyPlace(['request']),
    places: {
      id: place('request'),
      project: place('project'),
      organization: place('organization'),
      ports: document.keyPlace(['ports']),
      decision: place('decision'),
    },
  }
}

function decisionOf(raw: RequestFile['decision']): Decision {
  if (!raw || raw.status === 'pending') return { status: 'pending' }
  // The schema demands these keys of every decision that is not pending.
  const made = { by: raw.by!, on: raw.on!, reason: raw.reason! }
  if (raw.status === 'rejected') return { status: 'rejected', ...made }
  return { status: 'approved', ...made, ...(raw.until === undefined ? {} : { until: raw.until }) }
}

function portsOf(value: unknown): PortSet {
  if (value === undefined) return PortSet.empty
  const reading = readPorts(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
