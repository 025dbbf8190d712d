/**
 * Whether a path lies in a folder, by their names only: symbolic links are resolved before, or not
 * at all.
 */
import { relative } from 'node:path'

/** The folder itself lies in it. `..` in the name of a file (`..a`) leads nowhere. */
export const isWithin = (folder: string, path: string): boolean =>
  !relative(folder, path).split('/').includes('..')
