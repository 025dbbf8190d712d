/** A review as JSON, in the published shape, and read back. */
import { PortSet } from '../net/port-set.ts'
import type { Inferred } from '../result/inferred.ts'
import type { Tested } from '../result/tested.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { reviewSchema } from './review-schema.ts'
import type { Review } from './reviewed.ts'

type Page = Inferred<typeof reviewSchema>

export function reviewText(review: Review, tested: Tested): string {
  const { places: _, ...request } = review.request
  const page = {
    format: 'nftproof-review',
    version: RESULT_VERSION,
    ...review,
    request,
    tested,
  } satisfies Page
  return JSON.stringify(page, (_, value) => (value instanceof PortSet ? value.ranges : value), 1)
}

/** Reads back what `reviewText` wrote. Throws where it is anything else. */
export function readReviewText(text: string): Page {
  return reviewSchema.parse(JSON.parse(text)) as Page
}
