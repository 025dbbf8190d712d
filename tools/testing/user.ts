/** The unprivileged user of the rootless tests, and a copy of the project that it can read. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../harness/system/find-program.ts'

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The user that NFTPROOF_TEST_USER names, or nobody. */
export function unprivilegedUser(): User | undefined {
  const name = process.env.NFTPROOF_TEST_USER ?? 'nobody'
  const id = (flag: string): number =>
    Number(
      execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  try {
    const user = { name, uid: id('-u'), gid: id('-g') }
    return user.uid === 0 ? undefined : user
  } catch {
    return undefined
  }
}

/** Command that another one is preceded by to run as that user, with a home of its own. */
export function asUser({ uid, gid }: User, home: string): string[] {
  return [
    findProgram('setpriv'),
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    'env',
    `HOME=${home}`,
    'USER=nftproof',
  ]
}

// The caches of node_modules are written while they would be copied.
const CACHES = ['.cache', '.vite', '.vite-temp', '.vitest-cache']
const LEFT_OUT = [
  ...['.git', 'results/runs', 'dist'],
  ...CACHES.map((name) => `node_modules/${name}`),
]

/** The checkout may lie where the user cannot read, so it gets one of its own. */
export function copyForUser(root: string, { uid, gid }: User): string {
  const copy = mkdtempSync(join(tmpdir(), 'nftproof-rootless-'))
  chmodSync(copy, 0o755)
  const exclude = LEFT_OUT.map((path) => `--exclude=./${path}`).join(' ')
  try {
    execFileSync('sh', [
      '-c',
      `tar -C "$1" ${exclude} -cf - . | tar -C "$2" -xf - && chown -R ${uid}:${gid} "$2"`,
      'sh',
      root,
      copy,
    ])
    return copy
  } catch (error) {
    rmSync(copy, { recursive: true, force: true })
    throw error
  }
}
