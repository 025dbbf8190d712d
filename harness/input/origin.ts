/** The source of a firewall's text: a file on disk, or a git revision. */

import { shown } from '../system/text-file.ts'
import { named, type Revisioned } from './git.ts'

/**
 * A file on disk or in a git revision. `root`: the folder that must contain the file, if another
 * file names it.
 */
export type Origin =
  | { readonly kind: 'file'; readonly path: string; readonly root?: string | undefined }
  | ({ readonly kind: 'revision' } & Revisioned)

export function originText(origin: Origin): string {
  return origin.kind === 'file' ? shown(origin.path) : named(origin)
}
