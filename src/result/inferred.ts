/** The readonly type of what a schema describes. Importing a type costs nothing at run time. */
import type { z } from 'zod'
import type { PortSet } from '../net/port-set.ts'

/** Values never change. An optional member is either absent or has a value. */
type Exact<T> = T extends PortSet
  ? T
  : T extends readonly (infer U)[]
    ? readonly Exact<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Exact<Exclude<T[K], undefined>> }
      : T

export type Inferred<S extends z.ZodType> = Exact<z.infer<S>>
