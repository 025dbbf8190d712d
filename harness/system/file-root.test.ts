/** Where names in files may lead: links are followed as the kernel follows them, and a work tree is found without git. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from './errors.ts'
import {
  folderRoot,
  mustBeWithin,
  OutsideRoot,
  rootArguments,
  rootArgumentsHere,
  rootOf,
  rootOfArgument,
  useRoot,
} from './file-root.ts'
import { followed } from './followed-path.ts'
import { readText } from './text-file.ts'
import { isWithin } from './within.ts'

let folder: string
let before: string
const at = (...names: string[]): string => join(folder, ...names)

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nftproof-root-')))
  before = process.cwd()
  for (const name of ['tree/.git', 'tree/a/b', 'other']) mkdirSync(at(name), { recursive: true })
  writeFileSync(at('tree/.git/HEAD'), '')
  writeFileSync(at('tree/a/x.nft'), 'x\n')
  writeFileSync(at('other/y.nft'), 'y\n')
  process.chdir(folder)
})
afterEach(() => {
  useRoot(undefined)
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

describe('a resolved path', () => {
  test.each([
    ['tree/a/x.nft', 'tree/a/x.nft'],
    ['tree/a/../../other', 'other'],
    ['tree/far/../y.nft', 'y.nft'],
    ['tree/chain/y.nft', 'other/y.nft'],
    ['tree/gone', 'other/not-there'],
    ['tree/gone/deeper', 'other/not-there/deeper'],
    ['tree/none/deeper', 'tree/none/deeper'],
    ['tree/a/./b//', 'tree/a/b'],
  ])('%s leads to %s', (path, real) => {
    symlinkSync('../other', at('tree/far'))
    symlinkSync('far', at('tree/chain'))
    symlinkSync('../other/not-there', at('tree/gone'))
    expect(followed(path)).toBe(at(real))
  })

  test('is refused with a circular link or a NUL', () => {
    symlinkSync('b', at('a'))
    symlinkSync('a', at('b'))
    expect(followed('a')).toBeUndefined()
    expect(followed('x\0')).toBeUndefined()
    expect(() => mustBeWithin(folder, 'a')).toThrow(InputError)
  })
})

describe('the root', () => {
  test('is the given folder, else the work tree, else the folder of the file', () => {
    expect(rootOf('tree/a/b/z.yaml')).toBe(at('tree'))
    expect(rootOf('other/y.nft')).toBe(at('other'))
    expect(rootOf('other/deep/y.nft', 'other')).toBe(at('other'))
    expect(folderRoot('tree/a')).toBe(at('tree'))
    useRoot('tree/a')
    expect(rootOf('other/y.nft')).toBe(at('tree/a'))
    expect(rootArguments()).toEqual(['--root', 'tree/a'])
    expect(() => useRoot('tree/a/x.nft')).toThrow(/no such folder/)
  })

  test('of a relative name depends on where it is written, not on links; an absolute name is free', () => {
    process.chdir(at('tree'))
    symlinkSync('../other/y.nft', at('tree/y.nft'))
    expect(rootOfArgument('y.nft')).toBe(at('tree'))
    expect(rootOfArgument(at('tree/y.nft'))).toBeUndefined()
    expect(rootOfArgument('../other/y.nft')).toBeUndefined()
    expect(() => readText('y.nft', 'ruleset')).toThrow(OutsideRoot)
    expect(readText(at('tree/y.nft'), 'ruleset')).toBe('y\n')
    expect(readText('../other/y.nft', 'ruleset')).toBe('y\n')
  })

  test('is no wider than the current folder when only that is given', () => {
    expect(rootArgumentsHere()).toEqual([])
    process.chdir(at('tree/a'))
    expect(rootArgumentsHere()).toEqual(['--root', '.'])
    useRoot('b')
    expect(rootArgumentsHere()).toEqual(['--root', 'b'])
  })

  test.each([
    ['/', '/etc', true],
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a', '/', false],
    ['/a', '/a/..b', true],
  ])('%s has %s: %j', (root, path, expected) => {
    expect(isWithin(root, path)).toBe(expected)
  })
})
