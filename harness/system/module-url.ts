/**
 * Modules that are started rather than imported, and the place of the other files of the package.
 * In the sources, each is a file of the tree. In the package, all code is in one folder, and each
 * file has the name used here (tools/build.ts).
 */
import { pathToFileURL } from 'node:url'

export const STARTED = {
  nftproof: 'harness/cli/main',
  sandbox: 'harness/sandbox/main',
  worker: 'harness/sandbox/worker',
  confine: 'harness/confine/main',
  'forget-journal': 'harness/provider/forget-journal',
  syscalls: 'harness/kernel/syscalls',
} as const

export const IS_SOURCE = import.meta.url.endsWith('.ts')

/** The folder of package.json. */
export const PACKAGE = new URL(IS_SOURCE ? '../../' : '../', import.meta.url)

let built: string | undefined

/**
 * From now on, the sources start the modules of this folder, which were built from them. They start
 * in half of the time, which the tests need.
 */
export function startModulesOf(folder: string): void {
  built = folder
}

export function startedModule(name: keyof typeof STARTED): URL {
  if (built !== undefined) return pathToFileURL(`${built}/${name}.js`)
  return IS_SOURCE
    ? new URL(`${STARTED[name]}.ts`, PACKAGE)
    : new URL(`${name}.js`, import.meta.url)
}
