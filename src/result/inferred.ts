/** The type of what a schema describes. Importing it costs nothing at run time. */
import type { z } from 'zod'
import type { PortSet } from '../net/port-set.ts'

/** Values are never changed, and an optional member that is there is not undefined. */
type Exact<T> = T extends PortSet
  ? T
  : T extends readonly (infer U)[]
    ? readonly Exact<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Exact<Exclude<T[K], undefined>> }
      : T

export type Inferred<S extends z.ZodType> = Exact<z.infer<S>>
