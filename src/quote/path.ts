/** Names as parts of paths: none leads to another folder. */

/** A name that cannot be one part of a path. */
export class PathTextError extends Error {
  readonly value: string
  constructor(value: string) {
    super(`${JSON.stringify(value)}: cannot be the name of a file`)
    this.name = 'PathTextError'
    this.value = value
  }
}

/** The same name. Throws PathTextError for one that would be several parts, another folder, or none. */
export function pathPart(name: string): string {
  if (!isPathPart(name)) throw new PathTextError(name)
  return name
}

export const isPathPart = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)

/**
 * Where the kernel has a setting, which is named as sysctl(8) names it: dots
 * between its parts, slashes for the dots in the name of a link. Throws
 * PathTextError for a name that leads elsewhere.
 */
export function sysctlPath(name: string): string {
  const parts = name.split('.').map((part) => pathPart(part.replaceAll('/', '.')))
  return `/proc/sys/${parts.join('/')}`
}
