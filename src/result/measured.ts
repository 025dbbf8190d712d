/** The measurement of a request, as data. The schema describes each field. */
import type { Inferred } from './inferred.ts'
import type { measuredSchema } from './measured-schema.ts'

export type Measured = Inferred<typeof measuredSchema>
export type MeasuredRow = Extract<Measured, { rows: unknown }>['rows'][number]

export type TrialVerdict = MeasuredRow['verdict']

/**
 * The destination of a path: inside a requested destination, outside of all, or any address because
 * the request names none.
 */
export type Where = MeasuredRow['where']

/** Every port, or only the ports at which a difference could show. */
export type Extent = MeasuredRow['extent']

/** The ports of one path, by how the grant changes their outcome. */
export type Difference = Pick<MeasuredRow, 'opened' | 'closed' | 'altered' | 'unsure'>

/** A destination in use on the Internet, and the prefix that replaces it in the lab. */
export type StandIn = Extract<Measured, { rows: unknown }>['standIns'][number]
