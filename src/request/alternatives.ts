/** Narrower requests that may serve the same purpose. */

import type { Prefix } from '../net/address.ts'
import { PORT_PROTOCOLS } from '../net/protocol.ts'
import type { Opening } from '../policy/grant.ts'
import type { Request } from './request.ts'
import type { Alternative } from './reviewed.ts'
import { WIDE } from './risks.ts'

const SMTP = 25
const SUBMISSION = [587, 465]

/** `opened` is the part of the request that the policy does not open. */
export function alternativesOf(request: Request, opened: Opening): Alternative[] {
  if (opened.tcp.isEmpty && opened.udp.isEmpty) return [...leaveOut(request, opened)]
  return [
    ...submission(opened),
    ...destinations(request),
    ...singlePorts(opened),
    ...expiry(request),
    ...leaveOut(request, opened),
  ]
}

function submission({ tcp }: Opening): Alternative[] {
  if (!tcp.has(SMTP)) return []
  const asked = SUBMISSION.some((port) => tcp.has(port))
  const advice = asked
    ? 'Leave out TCP 25: 587 and 465 (submission) suffice for mail through a provider.'
    : 'Request TCP 587 or 465 (submission, with a login) instead of 25: mail then leaves through a provider.'
  return [{ id: 'submission', advice, source: 'RFC 6409; RFC 8314' }]
}

function destinations(request: Request): Alternative[] {
  const isNarrow = ({ prefixLength }: Prefix): boolean => prefixLength > 0
  if (request.destinations.length > 0 && request.destinations.every(isNarrow)) return []
  const advice =
    "Name the provider's prefixes as destinations: without them the ports open towards every address."
  return [{ id: 'destinations', advice }]
}

function singlePorts(opened: Opening): Alternative[] {
  const wide = PORT_PROTOCOLS.filter((protocol) => opened[protocol].size > WIDE)
  if (wide.length === 0) return []
  const names = wide.map((protocol) => protocol.toUpperCase()).join(' and ')
  return [
    {
      id: 'single-ports',
      advice: `Name the ${names} ports that the application uses, instead of a wide range.`,
    },
  ]
}

function expiry({ decision }: Request): Alternative[] {
  if (decision.status === 'rejected') return []
  if (decision.status === 'pending')
    return [{ id: 'expiry', advice: 'Approve it with --until DAY, so that it is reviewed again.' }]
  if (decision.until !== undefined) return []
  return [{ id: 'expiry', advice: 'The approval never expires: give it a last day (until).' }]
}

function leaveOut(request: Request, opened: Opening): Alternative[] {
  const parts = PORT_PROTOCOLS.flatMap((protocol) => {
    const already = request[protocol].subtract(opened[protocol])
    return already.isEmpty ? [] : [`${protocol.toUpperCase()} ${already}`]
  })
  if (parts.length === 0) return []
  const advice = `Leave out ${parts.join(' and ')}: already open.`
  return [{ id: 'leave-out', advice }]
}
