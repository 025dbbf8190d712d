/** A value that may be written alone or in a list, as a list. */
export const asList = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value
