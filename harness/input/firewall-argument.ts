/** A firewall as a scenario names it, relative to the working directory. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { roleOf, targetParts } from '../../src/target/target-text.ts'
import { pathOfPart } from './target-argument.ts'

/**
 * The same, with every path as seen from `folder` made one as `show` writes it.
 * Names of images and namespaces stay, and so do revisions, whose paths are git's.
 */
export function fromFolder(
  argument: string,
  folder: string,
  show: (path: string) => string,
): string {
  const isFile = (name: string): boolean => existsSync(resolve(folder, name))
  return targetParts(argument, isFile)
    .map((part) => {
      const path = pathOfPart(part)
      if (path === undefined) return part.text
      const isFileOnly = part.kind === 'file' && part.isExplicit
      const isRevision = !isFileOnly && path.includes(':') && !isFile(path)
      if (isRevision && roleOf(part) === 'files') return part.text
      const own = `${show(resolve(folder, path))}${part.value.slice(path.length)}`
      return part.isExplicit ? `${part.kind}:${own}` : own
    })
    .join(',')
}
