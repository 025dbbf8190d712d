/** The content of a review, as data. The schema describes each field. */
import type { Inferred } from '../result/inferred.ts'
import type { Request } from './request.ts'
import type { reviewSchema } from './review-schema.ts'

type Page = Inferred<typeof reviewSchema>

/** The request with the places of its parts, which the page has not. */
export type Review = Omit<Page, 'format' | 'version' | 'tested' | 'request'> & {
  readonly request: Request
}

/** `contradiction`: it cannot be approved as it stands. The others are for the person who decides. */
export type Finding = Page['findings'][number]
export type Opened = Page['opened'][number]
/** Ports that would open and are not open to every project anyway, with the names of their services. */
export type OpenedRange = Opened['ranges'][number]
/** Ports that are open until the last day of another request's grant. */
export type Prolonged = Page['prolonged'][number]
/** Over which families, and where to. */
export type Scope = Page['scope']
/** Whether ports have names, and where these come from; or why they have none. */
export type Naming = Page['naming']
/** `expiring` holds still, but not for long; `to-come` is approved from a later day on. */
export type RequestState = Page['state']
/** A risk, with exactly the ports of the opening that bring it. */
export type Risk = Page['risks'][number]
export type RiskKind = Risk['kind']
/** A narrower request; `advice` is one plain sentence. */
export type Alternative = Page['alternatives'][number]
