/**
 * A type without its `readonly`s, and with optional members that may also be
 * undefined: so compare what the code declares with what a schema infers.
 */
export type Plain<T> = T extends (infer U)[] | readonly (infer U)[]
  ? Plain<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<Exclude<T[K], undefined>> }
    : T
