/** Text of a request file → Request, or everything that is wrong with it. */
import { overlap, type Prefix, readAnyPrefix } from '../addresses.ts'
import { readPorts } from '../policy/numbers.ts'
import type { Place } from '../policy/policy.ts'
import { PortSet } from '../ports.ts'
import { parseYaml, type YamlDocument } from '../yaml/document.ts'
import { problemsOf } from '../yaml/issues.ts'
import { parseJsonLines } from '../yaml/json-lines.ts'
import { inOrder, type Problem, type Reading } from '../yaml/problem.ts'
import type { Decision, Request } from './request.ts'
import { type RequestFile, requestSchema } from './schema.ts'

/** Fewer words than this say little about what ports are needed for. */
const FEW_WORDS = 6

export function readRequest(text: string, file: string): Reading<Request> {
  const parsed = parseYaml(text, file)
  return parsed.ok ? fromDocument(parsed.document) : parsed
}

/** One request a line, each a JSON object of the same shape as a request file. Empty lines are skipped. */
export function readRequestLines(text: string, file: string): Reading<Request[]> {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const value: Request[] = []
  for (const parsed of parseJsonLines(text, file)) {
    const reading = parsed.ok ? fromDocument(parsed.document) : parsed
    if (reading.ok) {
      value.push(reading.value)
      warnings.push(...reading.warnings)
    } else problems.push(...reading.problems)
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value, warnings }
}

function fromDocument(document: YamlDocument): Reading<Request> {
  const checked = requestSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, requestSchema) }
  const { data } = checked
  const { destinations, problems } = readDestinations(data.destinations ?? [], document)
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  return { ok: true, value: build(data, destinations, document), warnings: vague(data, document) }
}

function readDestinations(texts: readonly string[], document: YamlDocument) {
  const destinations: Prefix[] = []
  const problems: Problem[] = []
  for (const [i, text] of texts.entries()) {
    const reading = readAnyPrefix(text)
    const known = reading.ok ? destinations.find((d) => overlap(d, reading.value)) : undefined
    const fault = !reading.ok
      ? reading.message
      : known && `overlaps ${known.address}/${known.prefixLength}`
    if (reading.ok && !known) destinations.push(reading.value)
    if (fault !== undefined)
      problems.push({
        at: document.place(['destinations', i]),
        message: `destination ${JSON.stringify(text)}: ${fault}`,
      })
  }
  return { destinations, problems }
}

function vague({ useCase }: RequestFile, document: YamlDocument): Problem[] {
  const words = useCase.split(/\s+/).length
  if (words >= FEW_WORDS) return []
  const message = `useCase ${JSON.stringify(useCase)}: ${words} ${words === 1 ? 'word is' : 'words are'} no detailed explanation`
  return [{ at: document.place(['useCase']), message }]
}

function build(data: RequestFile, destinations: Prefix[], document: YamlDocument): Request {
  const place = (key: string): Place => document.place([key])
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
  // The schema demands these of every decision.
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
