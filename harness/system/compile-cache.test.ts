import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { safeFolder } from './compile-cache.ts'

let home: string
let modules: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nftproof-compiled-'))
  modules = join(home, 'node_modules')
  mkdirSync(modules, { mode: 0o755 })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const cache = (): string => join(modules, '.cache', 'nftproof')

test('the folder is made for this user only, and found again', () => {
  expect(safeFolder(modules)).toBe(cache())
  expect(statSync(cache()).mode & 0o777).toBe(0o700)
  expect(safeFolder(modules)).toBe(cache())
})

test('a folder named by a link is the target of the link', () => {
  symlinkSync(modules, join(home, 'link'))
  expect(safeFolder(join(home, 'link'))).toBe(cache())
})

test('without its parent folder there is no cache folder', () => {
  expect(safeFolder(join(home, 'nowhere'))).toBeUndefined()
})

const SOMEBODY = 65534
const isRoot = process.geteuid?.() === 0
/** Only root can give files away. */
const OF_ANOTHER_USER: readonly [what: string, make: () => void][] = [
  ['another user has the folder above', () => chownSync(home, SOMEBODY, SOMEBODY)],
  ['another user has the folder that it is in', () => chownSync(modules, SOMEBODY, SOMEBODY)],
  [
    'another user has it',
    () => {
      mkdirSync(cache(), { recursive: true, mode: 0o700 })
      chownSync(cache(), SOMEBODY, SOMEBODY)
    },
  ],
]

const REFUSED: readonly [what: string, make: () => void][] = [
  ['other users can write to its parent folder', () => chmodSync(modules, 0o757)],
  ['a group can write to the folder that it is in', () => chmodSync(modules, 0o775)],
  ['other users can write to a folder above', () => chmodSync(home, 0o777)],
  ['a folder above is like /tmp, but not of root', () => notOfRoot(() => chmodSync(home, 0o1777))],
  [
    'a link is in its place',
    () => {
      mkdirSync(join(home, 'elsewhere'))
      symlinkSync(join(home, 'elsewhere'), join(modules, '.cache'))
    },
  ],
  [
    'it is there, and others can read it',
    () => {
      mkdirSync(cache(), { recursive: true, mode: 0o755 })
      chmodSync(cache(), 0o755)
    },
  ],
]

test.each([...REFUSED, ...(isRoot ? OF_ANOTHER_USER : [])])(
  'the cache is not used when %s',
  (_, make) => {
    make()
    expect(safeFolder(modules)).toBeUndefined()
  },
)

/** As root it would be one of root's. */
function notOfRoot(make: () => void): void {
  make()
  if (isRoot) chownSync(home, SOMEBODY, SOMEBODY)
}
