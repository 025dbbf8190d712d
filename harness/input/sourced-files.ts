/**
 * The files of a script's own folder that it reads with `.` or `source`. They are only compared: the
 * script itself reads them when it runs.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { fileRead } from '../../src/changed-rules/script-lines.ts'

export interface SourcedFile {
  readonly word: string
  readonly text: string
}

const MOST_FILES = 1024
const LONGEST = 16_000_000

export function sourcedFiles(script: string, folder: string): SourcedFile[] {
  const found = new Map<string, SourcedFile>()
  const open = [script]
  // The list grows while it is walked.
  for (const text of open)
    for (const line of text.split('\n')) {
      const word = line.trimStart().startsWith('#') ? undefined : fileRead(line)
      if (word === undefined || found.has(word) || found.size >= MOST_FILES) continue
      const own = textIn(folder, word)
      if (own === undefined) continue
      found.set(word, { word, text: own })
      open.push(own)
    }
  return [...found.values()]
}

/** Undefined if it is not there, or in another folder: both firewalls have the same file there. */
function textIn(folder: string, word: string): string | undefined {
  const path = word.replaceAll(OWN_FOLDER, '.').replaceAll(/["']/g, '')
  if (/[$`*?]/.test(path)) return undefined
  try {
    const [home, file] = [realpathSync(folder), realpathSync(resolve(folder, path))]
    const isWithin = file.startsWith(home.endsWith(sep) ? home : home + sep)
    const { size } = statSync(file)
    return isWithin && statSync(file).isFile() && size <= LONGEST
      ? readFileSync(file, 'utf8')
      : undefined
  } catch {
    return undefined
  }
}

/** `$(dirname "$0")`, `${0%/*}`, `$(dirname "${BASH_SOURCE[0]}")`. */
const OWN_FOLDER =
  /\$\(dirname (?:--\s+)?"?\$(?:0|\{0\}|\{?BASH_SOURCE(?:\[0\])?\}?)"?\)|\$\{(?:0|BASH_SOURCE(?:\[0\])?)%\/\*\}/g
