/** Cases on which decision and kernel once disagreed, one file each, tried again in every run. */

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PortSet, type Range } from '../../src/net/port-set.ts'
import type { Case } from './agreement.ts'

const FOLDER = new URL('./regressions', import.meta.url).pathname

export function regressions(folder = FOLDER): { readonly name: string; readonly of: Case }[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    return names
      .sort()
      .map((name) => ({ name, of: read(readFileSync(join(folder, name), 'utf8')) }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Writes a case that failed; the path of its file. */
export function keep(of: Case, folder = FOLDER): string {
  mkdirSync(folder, { recursive: true })
  const text = caseText(of)
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const path = join(folder, `${name}.json`)
  writeFileSync(path, text)
  return path
}

export function caseText(of: Case): string {
  return `${JSON.stringify(of, null, 1)}\n`
}

function read(text: string): Case {
  return JSON.parse(text, (_key, value) => (isPortSet(value) ? PortSet.of(...value.ranges) : value))
}

/** A port set is nothing but its ranges. */
function isPortSet(value: unknown): value is { readonly ranges: readonly Range[] } {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'ranges'
}
