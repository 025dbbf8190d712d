/**
 * Modules that are started rather than imported, and the place of the other files of the package.
 * In the sources, each is a file of the tree. In the package, all code is in one folder, and each
 * file has the name used here (tools/build.ts).
 */
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

export function startedModule(name: keyof typeof STARTED): URL {
  return IS_SOURCE
    ? new URL(`${STARTED[name]}.ts`, PACKAGE)
    : new URL(`${name}.js`, import.meta.url)
}
