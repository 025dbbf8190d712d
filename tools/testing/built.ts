/**
 * The package, built for the tests that start the command: they start it about a thousand times,
 * and it starts from the built files in half of the time. The folder lies in the tree, where
 * the command finds the shipped scenarios beside it.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from './child.ts'
import { BUILT } from './command.ts'

/** Calls `work` with the variable that names the folder; undefined where it could not be built. */
export async function withBuilt<T>(
  root: string,
  work: (env: Readonly<Record<string, string>> | undefined) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(root, 'dist-'))
  try {
    chmodSync(folder, 0o755)
    const build = [process.execPath, join(root, 'tools/build.ts'), basename(folder)]
    const status = await run(build, root)
    return await work(status === 0 ? { [BUILT]: basename(folder) } : undefined)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
