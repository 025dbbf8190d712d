/**
 * The destinations of reports. Two reports must not have the same destination, even under different
 * names.
 */
import { accessSync, constants, fstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { terminalSafeLine } from '../../src/quote/terminal.ts'
import { unwritable } from '../system/unwritable.ts'

export const STANDARD_OUTPUT = 'standard output'

/**
 * Equal text for the same destination, also through links. Undefined for /dev/null, which several
 * reports may share.
 */
export function placeOf(file: string | undefined): string | undefined {
  if (file === undefined) return STANDARD_OUTPUT
  const stat = statSync(file, { throwIfNoEntry: false, bigint: false })
  if (!stat) return `new ${pathOf(file)}`
  if (isNull(stat)) return undefined
  return isSame(stat, output()) ? STANDARD_OUTPUT : `${stat.dev}:${stat.ino}`
}

/** The name of a destination that two reports share; undefined if there is none. */
export function sharedPlace(files: readonly (string | undefined)[]): string | undefined {
  const places = files.map(placeOf)
  const at = places.findIndex((place, i) => place !== undefined && places.indexOf(place) < i)
  return at < 0 ? undefined : (files[at] ?? STANDARD_OUTPUT)
}

/**
 * Throws as writing the file would, before anything is measured. A disk that is full is known only
 * when the report is written.
 */
export function mustTakeReport(file: string): void {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    accessSync(stat ? file : `${dirname(file)}/`, constants.W_OK)
  } catch (cause) {
    throw unwritable(terminalSafeLine(file), cause)
  }
}

/** For a file that does not exist yet. */
function pathOf(file: string): string {
  try {
    return join(realpathSync(dirname(resolve(file))), basename(file))
  } catch {
    return resolve(file)
  }
}

/** The null device (devices.txt of the kernel: character device 1:3). */
const NULL_DEVICE = 0x103

const isNull = (stat: Stats): boolean => stat.isCharacterDevice() && stat.rdev === NULL_DEVICE

const isSame = (one: Stats, other: Stats | undefined): boolean =>
  one.dev === other?.dev && one.ino === other.ino

function output(): Stats | undefined {
  try {
    return fstatSync(1)
  } catch {
    return undefined
  }
}
