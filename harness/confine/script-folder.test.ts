import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { scriptFolder } from './script-folder.ts'

const before = process.cwd()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-folder-'))
  for (const [path, text] of [
    ['rules.sh', '. ./lib/ports\n'],
    ['lib/ports', 'PORTS=22\n'],
    ['.git/HEAD', 'ref\n'],
    ['results/runs/a/result.json', '{}\n'],
  ] as const)
    put(path, text)
  symlinkSync('lib/ports', join(folder, 'link'))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

function put(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const seen = () => scriptFolder(folder, 'rules.sh')!

test('the tree of a script, without hidden files and results of nftproof', () => {
  expect(seen()).toEqual({
    covers: 'tree',
    entries: 5, // lib, lib/ports, link, results, rules.sh
    bytes: '. ./lib/ports\n'.length + 'PORTS=22\n'.length,
    complete: true,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test.each<[string, boolean, () => void]>([
  ['nothing', false, () => {}],
  ['a file that the script may include', true, () => put('lib/ports', 'PORTS=23\n')],
  ['a new file', true, () => put('lib/more', '')],
  ['a name', true, () => put('lib/ports2', 'PORTS=22\n')],
  [
    'the target of a link',
    true,
    () => {
      rmSync(join(folder, 'link'))
      symlinkSync('rules.sh', join(folder, 'link'))
    },
  ],
  ['a hidden file', false, () => put('.git/HEAD', 'another\n')],
  ['a result', false, () => put('results/runs/b/result.json', '{}\n')],
])('a change of %s: another digest: %s', (_, isOther, change) => {
  const { sha256 } = seen()
  change()
  expect(seen().sha256 !== sha256).toBe(isOther)
})

test('a tree beyond the limits is reported', () => {
  put('large', '')
  truncateSync(join(folder, 'large'), 64 * 1024 * 1024 + 1)
  expect(seen()).toMatchObject({ complete: false, entries: 5 })
})

test('beyond the limits nothing more is read, in other folders neither', () => {
  put('a/big', '')
  truncateSync(join(folder, 'a/big'), 40 * 1024 * 1024)
  put('b/big', '')
  truncateSync(join(folder, 'b/big'), 40 * 1024 * 1024)
  const before = seen()
  expect(before).toMatchObject({ complete: false, bytes: 40 * 1024 * 1024 })
  put('c/small', 'x\n')
  expect(seen()).toEqual(before)
})

test('a script in a system folder has no files of its own', () => {
  expect(scriptFolder('/usr/bin', 'x')).toBeUndefined()
})

test('in a shared folder, only publicly readable files count', () => {
  expect(scriptFolder('/var/lib', 'x')).toMatchObject({ covers: 'files' })
})
