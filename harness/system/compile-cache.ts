/**
 * The compiled code of a checkout's modules, kept between starts (node:module). A process that
 * writes into this folder controls the code that runs here, as root too. So the folder is used only
 * if no user except root and this one could write to it. An installed copy has no such folder, because
 * it does not make bundles start faster.
 */
import { lstatSync, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IS_SOURCE, PACKAGE } from './module-url.ts'

/** With these options the user configures Node directly. */
const USERS = ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE'] as const
/** The first name begins with a dot, because a script does not see such names in its own folder. */
const BELOW = ['.cache', 'nftproof'] as const
let used: string | undefined

/** Modules that are already loaded are not in it. Without a safe folder, nothing is kept. */
export function cacheCompiled(): void {
  if (!IS_SOURCE || USERS.some((name) => process.env[name] !== undefined)) return
  used = safeFolder(fileURLToPath(new URL('node_modules', PACKAGE)))
  if (used !== undefined) enableCompileCache(used)
}

/** For Node in the sandbox, where folders have other owner numbers, and for its threads. */
export const compileCacheVariables = (): { readonly [name: string]: string } =>
  used === undefined ? {} : { NODE_COMPILE_CACHE: used }

/**
 * A folder below this one, created if missing. Undefined if other users could write to it, or
 * created it.
 */
export function safeFolder(folder: string): string | undefined {
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  try {
    return made(realpathSync(folder), user)
  } catch {
    return undefined
  }
}

/** Throws if it is not safe, or cannot be created. */
function made(real: string, user: number): string {
  mustBeSafe(real, user)
  let at = real
  for (const name of BELOW) {
    at = join(at, name)
    mkdirSync(at, { recursive: true, mode: OWN })
    mustBeOurs(lstatSync(at), user)
  }
  const { uid, mode } = lstatSync(at)
  if (uid !== user || (mode & OTHERS) !== 0) throw new Error('other users can read it')
  return at
}

/** No other user can replace a folder on the path. */
function mustBeSafe(real: string, user: number): void {
  mustBeOurs(statSync(real), user)
  for (let at = dirname(real); ; at = dirname(at)) {
    const stat = statSync(at)
    // In a folder like /tmp, only owners can replace their entries.
    if ((stat.mode & STICKY) === 0 || stat.uid !== 0) mustBeOurs(stat, user)
    if (at === '/') return
  }
}

function mustBeOurs(stat: Stats, user: number): void {
  if (!stat.isDirectory()) throw new Error('it is not a folder')
  if (stat.uid !== user && stat.uid !== 0) throw new Error('it belongs to another user')
  if ((stat.mode & WRITABLE) !== 0) throw new Error('other users can write to it')
}

const OWN = 0o700
const OTHERS = 0o077
const WRITABLE = 0o022
const STICKY = 0o1000
