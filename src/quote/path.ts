/** Names as parts of paths. No name leads to another folder. */

/** Thrown for a name that cannot be one part of a path. */
export class PathTextError extends Error {
  readonly value: string
  constructor(value: string) {
    super(`${JSON.stringify(value)}: not a valid file name`)
    this.name = 'PathTextError'
    this.value = value
  }
}

/**
 * The same name. Throws PathTextError if it has several parts, names another folder, or is empty.
 */
export function pathPart(name: string): string {
  if (!isPathPart(name)) throw new PathTextError(name)
  return name
}

export const isPathPart = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)

/**
 * The path of a kernel setting in /proc/sys, from its name as in sysctl(8): dots between the parts,
 * slashes for the dots in the name of a link. Throws PathTextError for a name that leads elsewhere.
 */
export function sysctlPath(name: string): string {
  const parts = name.split('.').map((part) => pathPart(part.replaceAll('/', '.')))
  return `/proc/sys/${parts.join('/')}`
}
