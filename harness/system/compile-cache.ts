/**
 * The compiled code of a checkout's modules, kept from one start to the next
 * (node:module). A process that writes into that folder chooses what we execute, as
 * root too: the folder is used only where root and this user alone could write. An
 * installed copy has no such folder: its bundles start no faster with one.
 */
import { lstatSync, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IS_SOURCE, PACKAGE } from './module-url.ts'

/** With these the user speaks to Node itself. */
const USERS = ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE'] as const
/** The first name begins with a dot: a script sees nothing that is called so in its folder. */
const BELOW = ['.cache', 'nftproof'] as const
let used: string | undefined

/** Modules that are loaded by now are not in it. Without a safe folder nothing is kept. */
export function cacheCompiled(): void {
  if (!IS_SOURCE || USERS.some((name) => process.env[name] !== undefined)) return
  used = safeFolder(fileURLToPath(new URL('node_modules', PACKAGE)))
  if (used !== undefined) enableCompileCache(used)
}

/** For Node in the sandbox, where owners of folders have other numbers, and for its threads. */
export const compileCacheVariables = (): { readonly [name: string]: string } =>
  used === undefined ? {} : { NODE_COMPILE_CACHE: used }

/** A folder below this one, made where it is not there; undefined where others could write to it, or have made it. */
export function safeFolder(folder: string): string | undefined {
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  try {
    return made(realpathSync(folder), user)
  } catch {
    return undefined
  }
}

/** Throws where it is not safe, or cannot be made. */
function made(real: string, user: number): string {
  mustBeSafe(real, user)
  let at = real
  for (const name of BELOW) {
    at = join(at, name)
    mkdirSync(at, { recursive: true, mode: OWN })
    mustBeOurs(lstatSync(at), user)
  }
  const { uid, mode } = lstatSync(at)
  if (uid !== user || (mode & OTHERS) !== 0) throw new Error('others can look into it')
  return at
}

/** No other user can put another folder in its place, at any step of the way. */
function mustBeSafe(real: string, user: number): void {
  mustBeOurs(statSync(real), user)
  for (let at = dirname(real); ; at = dirname(at)) {
    const stat = statSync(at)
    // In a folder like /tmp only owners replace what is theirs.
    if ((stat.mode & STICKY) === 0 || stat.uid !== 0) mustBeOurs(stat, user)
    if (at === '/') return
  }
}

function mustBeOurs(stat: Stats, user: number): void {
  if (!stat.isDirectory()) throw new Error('it is no folder')
  if (stat.uid !== user && stat.uid !== 0) throw new Error('it is of another user')
  if ((stat.mode & WRITABLE) !== 0) throw new Error('others can write to it')
}

const OWN = 0o700
const OTHERS = 0o077
const WRITABLE = 0o022
const STICKY = 0o1000
