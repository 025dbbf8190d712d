/** The state of a request on a day: its decision, and whether the approval is in force. */

import type { Day } from '../policy/grant.ts'
import { isLive } from './grants.ts'
import type { Request } from './request.ts'
import type { RequestState } from './reviewed.ts'

/** Approvals that end within this many days are listed first. */
export const SOON_DAYS = 30
const DAY_MS = 86_400_000

export function stateOf(request: Request, at: Day): RequestState {
  const { decision } = request
  if (decision.status !== 'approved') return decision.status
  if (!isLive(request, at)) return at < decision.on ? 'to-come' : 'expired'
  if (decision.until === undefined) return 'holds'
  return daysBetween(at, decision.until) <= SOON_DAYS ? 'expiring' : 'holds'
}

/** Negative if `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS)
}

const ORDER: readonly RequestState[] = [
  'expiring',
  'expired',
  'pending',
  'to-come',
  'holds',
  'rejected',
]

export interface Listed {
  readonly request: Request
  readonly state: RequestState
}

/** Expiring and expired grants first, by their last day, then by id. */
export function listRequests(requests: readonly Request[], at: Day): Listed[] {
  const last = ({ decision }: Request): Day =>
    decision.status === 'approved' ? (decision.until ?? '') : ''
  return requests
    .map((request) => ({ request, state: stateOf(request, at) }))
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
        compare(last(a.request), last(b.request)) ||
        compare(a.request.id, b.request.id),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
