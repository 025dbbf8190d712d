/**
 * What a script can see of its own folder, as a digest. Which of the files it
 * reads is not recorded: everything that it can read counts.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import {
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestedFolder } from '../../src/result/tested.ts'
import { RESULTS } from '../system/results-folder.ts'
import { isWithin } from '../system/within.ts'
import { EVERYBODYS, hiddenIn, isForAll, isPrivateName, SYSTEM } from './hidden.ts'

/** More is left out, and the entry says so. */
const MOST_ENTRIES = 5000
const MOST_BYTES = 64 * 1024 * 1024

/** `name`: the script's name, which may begin with a dot. Undefined for a system folder. */
export function scriptFolder(path: string, name: string): Omit<TestedFolder, 'path'> | undefined {
  const folder = realpathSync(path)
  if (SYSTEM.some((own) => isWithin(own, folder))) return undefined
  const isShared = EVERYBODYS.has(folder)
  const reading = new Reading()
  if (isShared) reading.addFiles(folder)
  else reading.addTree(folder, hiddenFrom(folder, name), '')
  return { covers: isShared ? 'files' : 'tree', ...reading.end() }
}

/** Its own results would change the digest from run to run. */
function hiddenFrom(folder: string, name: string): ReadonlySet<string> {
  const results = resolve(RESULTS)
  const own = isWithin(folder, results) ? [results.slice(folder.length + 1)] : []
  return new Set([...hiddenIn(folder, isPrivateName(name)), ...own])
}

class Reading {
  readonly #digest: Hash = createHash('sha256')
  #entries = 0
  #bytes = 0
  #complete = true
  /** Nothing more is read, in whatever folder. */
  #isFull = false

  /** Depth first, by name. */
  addTree(folder: string, hidden: ReadonlySet<string>, below: string): void {
    for (const entry of this.#entriesIn(join(folder, below))) {
      const path = join(below, entry.name)
      if (hidden.has(path)) continue
      if (this.#isFull || !this.#add(folder, path, entry)) return
      if (entry.isDirectory()) this.addTree(folder, hidden, path)
    }
  }

  /** In a shared folder, a script sees only files that every user may read. */
  addFiles(folder: string): void {
    for (const entry of this.#entriesIn(folder)) {
      const stats = lstatSync(join(folder, entry.name), { throwIfNoEntry: false })
      if (!entry.isFile() || !stats || !isForAll(entry.name, stats)) continue
      if (!this.#add(folder, entry.name, entry)) return
    }
  }

  end(): Omit<TestedFolder, 'path' | 'covers'> {
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      complete: this.#complete,
      sha256: this.#digest.digest('hex'),
    }
  }

  /** False if the limit is reached. */
  #add(folder: string, path: string, entry: Dirent): boolean {
    const content = this.#contentOf(join(folder, path), entry)
    if (content === undefined) return true
    if (this.#entries >= MOST_ENTRIES || this.#bytes + content.length > MOST_BYTES) {
      this.#complete = false
      this.#isFull = true
      return false
    }
    this.#entries++
    if (entry.isFile()) this.#bytes += content.length
    this.#digest.update(`${kindOf(entry)} ${path}\0${hash('sha256', content, 'hex')}\n`)
    return true
  }

  /** Undefined if it is unreadable. Then the script cannot read it either. */
  #contentOf(path: string, entry: Dirent): Buffer | undefined {
    try {
      if (entry.isDirectory()) return Buffer.alloc(0)
      if (entry.isSymbolicLink()) return Buffer.from(readlinkSync(path))
      if (lstatSync(path).size > MOST_BYTES) return this.#unread()
      return readFileSync(path)
    } catch {
      return this.#unread()
    }
  }

  #unread(): undefined {
    this.#complete = false
    return undefined
  }

  #entriesIn(folder: string): Dirent[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch {
      this.#unread()
      return []
    }
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'file'
}
