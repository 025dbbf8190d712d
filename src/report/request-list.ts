/** All requests of a platform as a table. Requests that need attention come first. */
import Table from 'cli-table3'
import { counted } from '../net/text.ts'
import type { Day } from '../policy/grant.ts'
import type { Style } from '../quote/style.ts'
import type { Request } from '../request/request.ts'
import type { RequestState } from '../request/reviewed.ts'
import type { Listed } from '../request/state.ts'
import { broken, lastDayWords, openingWords } from './request-words.ts'
import { plain } from './words.ts'

const COLUMNS = [24, 13, 19, 19] as const

/** At most this many rows are drawn at once: the time of cli-table3 grows with their square. */
const CHUNK = 200

/** `platform` is the path of the platform file, for display. */
export function renderRequests(
  listed: readonly Listed[],
  { at, platform, style }: { readonly at: Day; readonly platform: string; readonly style: Style },
): string {
  if (listed.length === 0) return `${plain(platform)} has no requests.`
  const starts = Array.from({ length: Math.ceil(listed.length / CHUNK) }, (_, i) => i * CHUNK)
  const parts = starts.map((start) =>
    drawn(listed.slice(start, start + CHUNK), { at, style, head: start === 0 }),
  )
  // Each part is drawn with its top and bottom border; inner borders are removed when the parts are
  // joined.
  const lines = parts.flatMap((part, i) =>
    part.slice(i === 0 ? 0 : 1, i === parts.length - 1 ? part.length : -1),
  )
  return [...lines, summary(listed, at), plain(` platform: ${platform}`)].join('\n')
}

interface Drawing {
  readonly at: Day
  readonly style: Style
  readonly head: boolean
}

function drawn(listed: readonly Listed[], { at, style, head }: Drawing): string[] {
  const table = new Table({
    head: head ? ['request', 'project', 'ports', 'state'] : [],
    colWidths: [...COLUMNS],
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
  })
  for (const { request, state } of listed)
    table.push([
      broken(request.id, COLUMNS[0]),
      broken(request.project, COLUMNS[1]),
      `${openingWords(request, 4)}${towards(request)}`,
      emphasis(state, style)(wordsOf(request, state, at)),
    ])
  return table.toString().split('\n')
}

function towards({ destinations }: Request): string {
  if (destinations.length === 0) return ''
  return ` to ${counted(destinations.length, 'prefix', 'prefixes')}`
}

function wordsOf({ decision }: Request, state: RequestState, at: Day): string {
  if (decision.status !== 'approved') return decision.status
  if (state === 'to-come') return `approved, from ${decision.on} on`
  if (decision.until === undefined) return 'approved, without end date'
  const words = lastDayWords(decision.until, at)
  return state === 'expired' ? words : `approved, ${words}`
}

function emphasis(state: RequestState, style: Style): (text: string) => string {
  switch (state) {
    case 'expiring':
    case 'pending':
      return style.doubtful
    case 'expired':
      return style.bad
    case 'holds':
      return style.good
    case 'to-come':
    case 'rejected':
      return style.dim
    default:
      throw new Error(`unknown standing ${state satisfies never}`)
  }
}

function summary(listed: readonly Listed[], at: Day): string {
  const n = (state: RequestState): number => listed.filter((l) => l.state === state).length
  const parts = [
    `${n('expiring')} expiring within 30 days`,
    `${n('expired')} expired`,
    `${n('pending')} pending`,
  ]
  return plain(` ${counted(listed.length, 'request')} on ${at}: ${parts.join(', ')}`)
}
