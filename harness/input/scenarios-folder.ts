/**
 * The folder of the scenarios: a given one, the one in the working directory, or the shipped one if
 * requested.
 */
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
 * The shipped scenarios test the shipped policies. They never replace missing scenarios: a
 * "conforms" would then be about another firewall than the user's. Throws InputError if both
 * folders are given.
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
  throw new InputError('--bundled: this copy of nftproof was installed without scenarios')
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The message for missing scenarios, with the possible remedies. */
export function noScenarios(root: string): InputError {
  const what =
    root === HERE
      ? `nothing to run: there is no folder "${HERE}" here`
      : `--scenarios ${root}: no such folder`
  return new InputError(`${what}. You can
  write scenarios into a folder "${HERE}", or name another folder with --scenarios DIR
  name the files of scenarios: nftproof run FILE.yaml
  run the scenarios that come with nftproof, with --bundled: they test its
    own policies, not your firewall
  examine a firewall without a scenario: nftproof diff OLD NEW, nftproof explain`)
}

/** Whether a shipped scenario has this id. */
export function isBundled(id: string): boolean {
  try {
    return existsSync(join(bundledFolder(), `${id}.yaml`)) || isFolder(join(bundledFolder(), id))
  } catch {
    return false
  }
}
