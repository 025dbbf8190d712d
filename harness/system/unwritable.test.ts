import { expect, test } from 'vitest'
import { unwritable, unwritableFolder } from './unwritable.ts'

const error = (code: string, words: string) =>
  Object.assign(new Error(`${code}: ${words}, open '/no/.nftproof-1.part'`), { code })

test.each([
  ['ENOENT', 2, /^no\/x could not be written: the folder no does not exist: create it/],
  ['ENOTDIR', 2, /no is not a folder/],
  ['EISDIR', 2, /it is a folder: name a file in it/],
  ['ELOOP', 2, /symbolic links form a circle/],
  ['EACCES', 3, /permission denied: name a file in a folder of yours$/],
  ['EPERM', 3, /permission denied: name a file in a folder of yours$/],
  ['EROFS', 3, /the file system is read-only: name a file elsewhere$/],
  ['ENOSPC', 3, /no space left on the disk: free some, or name a file elsewhere$/],
  ['EIO', 3, /EIO: words$/],
])('%s: exit %i, without an internal name', (code, exitCode, message) => {
  const told = unwritable('no/x', error(code, 'words'))
  expect(told.exitCode).toBe(exitCode)
  expect(told.message).toMatch(message)
  expect(told.message).not.toContain('.part')
})

test.each([
  ['EACCES', /^permission denied: name another folder with --out, or add --no-save$/],
  ['EROFS', /^the file system is read-only: name another folder with --out, or add --no-save$/],
  ['ENOTDIR', /^it is a file, or below one: name another folder with --out/],
  ['EEXIST', /^it is a file, or below one: name another folder with --out/],
  ['ENOSPC', /^no space left on the disk: name another folder with --out/],
  ['EIO', /^EIO: words: name another folder with --out/],
])('%s: why a result has no folder, without an internal name', (code, message) => {
  expect(unwritableFolder(error(code, 'words'))).toMatch(message)
  expect(unwritableFolder(error(code, 'words'))).not.toContain('.part')
})
