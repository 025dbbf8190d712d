/** A position in a file. Line and column count from 1. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A position in this file. It is computed when its line or column is first used. */
export function laterPosition(
  file: string,
  find: () => Omit<SourcePosition, 'file'>,
): SourcePosition {
  let found: Omit<SourcePosition, 'file'> | undefined
  const place = (): Omit<SourcePosition, 'file'> => {
    found ??= find()
    return found
  }
  return {
    file,
    get line() {
      return place().line
    },
    get column() {
      return place().column
    },
  }
}
