/** What the measurement of a request learned, as data. The schema says what each field means. */
import type { Inferred } from './inferred.ts'
import type { measuredSchema } from './measured-schema.ts'

export type Measured = Inferred<typeof measuredSchema>
export type MeasuredRow = Extract<Measured, { rows: unknown }>['rows'][number]

export type TrialVerdict = MeasuredRow['verdict']

/** Where a path ends: in a destination, in none of them, or at any address because there are none. */
export type Where = MeasuredRow['where']

/** Every port, or those that could tell a difference. */
export type Extent = MeasuredRow['extent']

/** Ports of one path by what became of them when the request was granted. */
export type Difference = Pick<MeasuredRow, 'opened' | 'closed' | 'altered' | 'unsure'>

/** A destination that is in use on the Internet, and the prefix that replaces it in the lab. */
export type StandIn = Extract<Measured, { rows: unknown }>['standIns'][number]
