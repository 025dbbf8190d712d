/** Files as they are in a git revision: `main:firewall/rules.nft`. */
import { dirname, join } from 'node:path'
import { InputFailure } from '../failure.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { findTool } from '../tools.ts'

export interface Revisioned {
  readonly revision: string
  readonly path: string
}

/** Undefined where the text has no revision in it. What git makes of it is git's affair. */
export function revisioned(text: string): Revisioned | undefined {
  const match = /^([^:]+):(.+)$/.exec(text)
  return match ? { revision: match[1]!, path: match[2]! } : undefined
}

export const named = ({ revision, path }: Revisioned): string => `${revision}:${path}`

/** Text of the file in that revision. Throws InputFailure with git's reason where there is none. */
export function textInRevision(file: Revisioned): string {
  const { status, stdout, stderr } = git(['show', named(file)])
  if (status === 0) return stdout
  throw new InputFailure(`${named(file)}: no such file, and git says: ${reason(stderr)}`)
}

/** Files in the same folder of that revision. */
export function besideInRevision({ revision, path }: Revisioned): string[] {
  const { status, stdout } = git(['ls-tree', '--name-only', `${revision}:${dirname(path)}`])
  return status === 0 ? stdout.split('\n').filter(Boolean) : []
}

export function relativeTo({ revision, path }: Revisioned, other: string): Revisioned {
  return { revision, path: join(dirname(path), other) }
}

function git(args: readonly string[]) {
  return runProgramSync(findTool('git'), args)
}

const reason = (stderr: string): string =>
  stderr
    .trim()
    .replace(/^fatal: /, '')
    .split('\n')[0] || 'no reason was given'
