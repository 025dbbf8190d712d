/** The content of a review, as data. The schema describes each field. */
import type { Inferred } from '../result/inferred.ts'
import type { Request } from './request.ts'
import type { reviewSchema } from './review-schema.ts'

type Page = Inferred<typeof reviewSchema>

/** The request with the positions of its parts, which the page does not have. */
export type Review = Omit<Page, 'format' | 'version' | 'tested' | 'request'> & {
  readonly request: Request
}

/**
 * `contradiction`: the request cannot be approved in this form. The other findings are for the
 * person who decides.
 */
export type Finding = Page['findings'][number]
export type Opened = Page['opened'][number]
/**
 * Ports that would open and are not already open to every project, with the names of their
 * services.
 */
export type OpenedRange = Opened['ranges'][number]
/** Ports that are open until the last day of another request's grant. */
export type Prolonged = Page['prolonged'][number]
/** The families and the destinations. */
export type Scope = Page['scope']
/** The source of the service names, or the reason why names are missing. */
export type Naming = Page['naming']
/** `expiring`: in force, but not for long. `to-come`: approved from a later day on. */
export type RequestState = Page['state']
/** A risk, with the opened ports that cause it. */
export type Risk = Page['risks'][number]
export type RiskKind = Risk['kind']
/** A narrower request; `advice` is one plain sentence. */
export type Alternative = Page['alternatives'][number]
