/** Where scenarios are looked for: a folder that is named, the one here, or the shipped one where it is asked for. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../system/errors.ts'
import { PACKAGE } from '../system/module-url.ts'

export interface FolderFlags {
  readonly scenarios?: string
  /** The scenarios that come with nftproof. */
  readonly bundled?: boolean
}

export const HERE = 'scenarios'

/**
 * The shipped scenarios prove the shipped policies. They are never taken in place
 * of scenarios that are missing: "conforms" would be said of a firewall that was
 * not asked about. Throws InputError where both are named.
 */
export function scenariosFolder({ scenarios, bundled }: FolderFlags): string {
  if (!bundled) return scenarios ?? HERE
  if (scenarios !== undefined)
    throw new InputError('--bundled and --scenarios name two folders: leave one of them out')
  return bundledFolder()
}

function bundledFolder(): string {
  const folder = fileURLToPath(new URL('scenarios', PACKAGE))
  if (existsSync(folder)) return folder
  throw new InputError('--bundled: this copy of nftproof has no scenarios with it')
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** What is missing, and what to do. */
export function noScenarios(root: string): InputError {
  const what =
    root === HERE
      ? `there is no folder "${HERE}" here, so there is nothing to prove`
      : `--scenarios ${root}: there is no such folder`
  return new InputError(`${what}. You can
  write scenarios into a folder "${HERE}", or name another folder by --scenarios DIR
  name the files of scenarios: nftproof run FILE.yaml
  prove the scenarios that come with nftproof, by --bundled: they are about its
    own policies, and tell nothing about a firewall of yours
  look at a firewall without a scenario: nftproof diff OLD NEW, nftproof explain`)
}

/** Whether a shipped scenario has this id. */
export function isBundled(id: string): boolean {
  try {
    return existsSync(join(bundledFolder(), `${id}.yaml`)) || isFolder(join(bundledFolder(), id))
  } catch {
    return false
  }
}
