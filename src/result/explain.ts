/** One packet through a firewall: what became of it at both ends, and the walk that the kernel traced. */
import type { explainSchema } from './explain-schema.ts'
import type { Inferred } from './inferred.ts'

export type ExplainResult = Inferred<typeof explainSchema>
