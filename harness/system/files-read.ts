/**
 * The files that this process has read as input, for its result: digests of their bytes. A process
 * runs one command, so the list is the command's.
 */
import { hash } from 'node:crypto'
import {
  type Tested,
  type TestedFile,
  type TestedFirewall,
  type TestedFolder,
  testedOf,
} from '../../src/result/tested.ts'

const files: TestedFile[] = []
const folders: TestedFolder[] = []
const firewalls: TestedFirewall[] = []

/** `path`: as a user would write it. */
export function noteFile(path: string, bytes: Uint8Array): void {
  files.push({ path, size: bytes.length, sha256: hash('sha256', bytes, 'hex') })
}

export function noteFolder(folder: TestedFolder): void {
  folders.push(folder)
}

/** `image`: an id as container engines write it. */
export function noteImage(origin: string, image: string): void {
  firewalls.push({ origin, what: 'image', sha256: image.replace(/^sha256:/, '') })
}

type Interfaces = Extract<TestedFirewall, { what: 'interfaces' }>['interfaces']

/** Of a firewall that is another machine. */
export function noteInterfaces(origin: string, interfaces: Interfaces): void {
  firewalls.push({ origin, what: 'interfaces', interfaces })
}

/** `texts`: the listings of all that is loaded. The namespace here says nothing of another machine. */
export function noteListing(origin: string, texts: readonly string[]): void {
  if (firewalls.some((one) => one.origin === origin && one.what === 'interfaces')) return
  firewalls.push({ origin, what: 'listing', sha256: hash('sha256', texts.join(''), 'hex') })
}

/** All files so far. */
export const filesRead = (): Tested => testedOf({ files, folders, firewalls })
