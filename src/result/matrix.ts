/** What a matrix learned, as data: the same scenarios in several places. */
import type { Inferred } from './inferred.ts'
import type { matrixSchema } from './matrix-schema.ts'

export type Matrix = Inferred<typeof matrixSchema>
export type MatrixTarget = Matrix['targets'][number]
/** What a scenario came to in one place. */
export type MatrixCell = MatrixScenario['cells'][number]
export type MatrixScenario = Matrix['scenarios'][number]
/** Numbers of which not the same became in every place. */
export type Difference = Matrix['differences'][number]
export type Seen = Difference['seen'][number]
