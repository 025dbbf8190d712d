/**
 * One packet through a firewall: its outcome as both ends saw it, and its path as the kernel traced
 * it.
 */
import type { explainSchema } from './explain-schema.ts'
import type { Inferred } from './inferred.ts'

export type ExplainResult = Inferred<typeof explainSchema>
