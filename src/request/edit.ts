/** Writes a decision into the text of a request file. Every other byte stays as it is. */
import { isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml'
import { networkText } from '../net/address.ts'
import {
  columnOf,
  type Decided,
  type Entry,
  endOfLine,
  entriesOf,
  inBlock,
  inFlow,
  lineBreakOf,
} from './edit-text.ts'
import { readRequest } from './read.ts'
import type { Request } from './request.ts'

export type Edit =
  | { readonly ok: true; readonly text: string }
  /** The decision cannot be inserted into this file. The reason says what to write instead. */
  | { readonly ok: false; readonly reason: string }

/**
 * `text` must be a valid pending request. Throws if the new text does not read back as the same
 * request with the decision, which is a bug.
 */
export function withDecision(text: string, decision: Decided): Edit {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const body = text.slice(mark.length)
  const edit = splice(body, decision)
  if (!edit.ok) return edit
  const edited = mark + edit.text
  verify(text, edited, decision)
  return { ok: true, text: edited }
}

function splice(text: string, decision: Decided): Edit {
  const document = parseDocument(text, { prettyErrors: false })
  const top = document.contents
  if (!isMap(top)) return no('it must be a map of keys and values')
  const own = pairOf(top, 'decision')
  if (!own) return appended(text, top, decision)
  const status = isMap(own.value) ? pairOf(own.value, 'status')?.value : undefined
  if (!isMap(own.value) || !isScalar(status) || !isInline(status))
    return no('the decision must be written out, as "decision: { status: pending }"')
  return { ok: true, text: replaced(text, { map: own.value, status }, decision) }
}

const no = (reason: string): Edit => ({ ok: false, reason })

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name)
}

/** False for a scalar that extends to the end of its last line. */
function isInline({ type }: Scalar): boolean {
  return type === 'PLAIN' || type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE'
}

interface Pending {
  readonly map: YAMLMap
  readonly status: Scalar
}

/** `pending` becomes the new status. The rest of the decision follows it. */
function replaced(text: string, { map, status }: Pending, decision: Decided): string {
  const [from, to] = status.range!
  const quote = status.type === 'PLAIN' ? '' : text[from]!
  const start = `${text.slice(0, from)}${quote}${decision.status}${quote}`
  const rest = entriesOf(decision).slice(1)
  if (map.flow) return `${start}, ${inFlow(rest, isJson(map))}${text.slice(to)}`
  const end = endOfLine(text, to)
  const lines = inBlock(rest, columnOf(text, firstKey(map)), lineBreakOf(text, to))
  return start + text.slice(to, end) + lines + text.slice(end)
}

/** Without a decision in the file, the new one becomes the last entry of the map. */
function appended(text: string, top: YAMLMap, decision: Decided): Edit {
  const end = endOf(top)
  if (end === undefined) return no('its last entry must have its own value')
  const entries = entriesOf(decision)
  if (top.flow) {
    const inside = inFlow(entries, isJson(top))
    const added = isJson(top) ? `, "decision": {${inside}}` : `, decision: { ${inside} }`
    return { ok: true, text: text.slice(0, end) + added + text.slice(end) }
  }
  return {
    ok: true,
    text: appendedBlock(text, { end, indent: columnOf(text, firstKey(top)) }, entries),
  }
}

function appendedBlock(
  text: string,
  { end, indent }: { readonly end: number; readonly indent: number },
  entries: readonly Entry[],
): string {
  const lineBreak = lineBreakOf(text, end)
  // A block scalar ends after its last line break, every other value before it.
  const at = end > 0 && text[end - 1] === '\n' ? end : endOfLine(text, end)
  const open = at > 0 && text[at - 1] === '\n' ? '' : lineBreak
  const lines = `${' '.repeat(indent)}decision:${inBlock(entries, indent + 2, lineBreak)}`
  const close = open === '' ? lineBreak : ''
  return text.slice(0, at) + open + lines + close + text.slice(at)
}

/** The end of the last entry, without its comment. */
function endOf(map: YAMLMap): number | undefined {
  const last = map.items.at(-1)?.value as { range?: readonly number[]; items?: unknown } | null
  if (!last?.range) return undefined
  const isBlock = isMap(last) && !last.flow
  return isBlock ? endOf(last) : lastOf(last as YAMLMap)
}

function lastOf(node: YAMLMap): number | undefined {
  const { items, flow, range } = node as unknown as {
    items?: readonly { range?: readonly number[] }[]
    flow?: boolean
    range: readonly number[]
  }
  if (!items || flow) return range[1]
  return items.at(-1)?.range?.[1]
}

function firstKey(map: YAMLMap): number {
  return (map.items[0]!.key as Scalar).range![0]
}

/** In a map written as JSON, the added entry is JSON too. */
function isJson(map: YAMLMap): boolean {
  return (map.items[0]?.key as Scalar | undefined)?.type === 'QUOTE_DOUBLE'
}

function verify(before: string, after: string, decision: Decided): void {
  const [old, now] = [readRequest(before, ''), readRequest(after, '')]
  if (!old.ok || !now.ok) {
    const why = (now.ok ? old : now) as { problems: readonly { message: string }[] }
    throw new Error(`the edited request is invalid: ${why.problems[0]?.message}`)
  }
  const wanted = contentOf({ ...old.value, decision })
  if (contentOf(now.value) !== wanted)
    throw new Error('the edited request differs from the original in more than the decision')
}

/** The content of a request without its source positions. */
function contentOf(request: Request): string {
  const { id, project, organization, useCase, tcp, udp, destinations, requested } = request
  const { status, by, on, reason, until } = { until: undefined, ...request.decision } as Record<
    string,
    string | undefined
  >
  const ports = [`${tcp}`, `${udp}`, ...destinations.map(networkText)]
  return JSON.stringify([
    [id, project, organization, useCase, requested],
    ports,
    [status, by, on, reason, until ?? null],
  ])
}
