/**
 * The files that this process has read as input, for its result: digests of their bytes. A process
 * runs one command, so the list is the command's.
 */
import { hash } from 'node:crypto'
import {
  type Tested,
  type TestedFile,
  type TestedFirewall,
  testedOf,
} from '../../src/result/tested.ts'

const files: TestedFile[] = []
const firewalls: TestedFirewall[] = []

/** `path`: as a user would write it. */
export function noteFile(path: string, bytes: Uint8Array): void {
  files.push({ path, size: bytes.length, sha256: hash('sha256', bytes, 'hex') })
}

/** `image`: an id as container engines write it. */
export function noteImage(origin: string, image: string): void {
  firewalls.push({ origin, what: 'image', sha256: image.replace(/^sha256:/, '') })
}

/** `texts`: the listings of all loaded rules. */
export function noteListing(origin: string, texts: readonly string[]): void {
  firewalls.push({ origin, what: 'listing', sha256: hash('sha256', texts.join(''), 'hex') })
}

/** All files so far. */
export const filesRead = (): Tested => testedOf(files, firewalls)
