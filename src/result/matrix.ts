/** The types of a matrix: the same scenarios on several targets. */
import type { Inferred } from './inferred.ts'
import type { matrixSchema } from './matrix-schema.ts'

export type Matrix = Inferred<typeof matrixSchema>
export type MatrixTarget = Matrix['targets'][number]
/** The result of one scenario on one target. */
export type MatrixCell = MatrixScenario['cells'][number]
export type MatrixScenario = Matrix['scenarios'][number]
/** Numbers whose outcome differs between targets. */
export type Difference = Matrix['differences'][number]
export type Seen = Difference['seen'][number]
