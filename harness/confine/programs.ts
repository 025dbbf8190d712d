/**
 * Programs in the root of a confined script: the script itself, and replacements for programs that
 * it may not use.
 */
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Order } from './order.ts'

/**
 * The place of scripts without a folder in the root: those of a revision, and of standard input.
 */
const SCRIPTS = '/run/nftproof/scripts'
/** Before all other folders of PATH. */
export const STAND_INS = '/run/nftproof/bin'

/** The file itself if it exists, so the script finds the files beside it. */
export function placeScript(root: string, folder: string, { name, text }: Order): string {
  const own = join(folder, basename(name))
  if (isSame(join(root, own), text) || isWritten(join(root, own), text)) return own
  const path = join(SCRIPTS, basename(name))
  mkdirSync(join(root, SCRIPTS), { recursive: true })
  writeFileSync(join(root, path), text)
  return path
}

/** Not a link, which may lead out of the new root. */
function isSame(path: string, text: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return false
  try {
    return readFileSync(path, 'utf8').trimEnd() === text.trimEnd()
  } catch {
    return false
  }
}

/** Replaces the existing entry: another revision of it, or a link that leads out. */
function isWritten(path: string, text: string): boolean {
  try {
    rmSync(path, { force: true })
    writeFileSync(path, text, { mode: 0o755, flag: 'wx' })
    return true
  } catch {
    return false
  }
}

// The command that needs a missing module reports it, because the kernel refuses the command.
const NO_MODULES = `#!/bin/sh
echo "\${0##*/} $*: a script cannot load or remove kernel modules" >&2
exit 0
`
// It gives root nothing, and not every user may read its settings.
const NO_SUDO = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break;;
    -u|-g|--user|--group)
      case $2 in root|0|'#0') shift 2;; *) echo "sudo: a script runs as root and cannot become another user" >&2; exit 1;; esac;;
    -*) shift;;
    *=*) export "$1"; shift;;
    *) break;;
  esac
done
exec "$@"
`
const TEXTS: Readonly<Record<string, string>> = {
  modprobe: NO_MODULES,
  insmod: NO_MODULES,
  rmmod: NO_MODULES,
  sudo: NO_SUDO,
}
const USUAL_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** First on PATH, and wherever the machine has such a program. */
export function placeStandIns(root: string): void {
  mkdirSync(join(root, STAND_INS), { recursive: true })
  for (const [name, text] of Object.entries(TEXTS)) {
    for (const folder of USUAL_FOLDERS) replace(join(root, folder, name), text)
    const first = join(root, STAND_INS, name)
    writeFileSync(first, text)
    chmodSync(first, 0o755)
  }
}

/**
 * If a folder is not writable, the one on PATH is used. A folder may be a link within the new root,
 * never out of it.
 */
function replace(path: string, text: string): void {
  if (lstatSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true) return
  if (!lstatSync(path, { throwIfNoEntry: false })) return
  isWritten(path, text)
}
