import { expect, test } from 'vitest'
import { unwritable } from './unwritable.ts'

const error = (code: string, words: string) =>
  Object.assign(new Error(`${code}: ${words}, open '/no/.nftproof-1.part'`), { code })

test.each([
  ['ENOENT', 2, /^no\/x could not be written: the folder no does not exist: create it/],
  ['ENOTDIR', 2, /no is not a folder/],
  ['EISDIR', 2, /it is a folder: name a file in it/],
  ['ELOOP', 2, /symbolic links form a circle/],
  ['EACCES', 3, /EACCES: words$/],
  ['ENOSPC', 3, /ENOSPC: words$/],
])('%s: exit %i, without an internal name', (code, exitCode, message) => {
  const told = unwritable('no/x', error(code, 'words'))
  expect(told.exitCode).toBe(exitCode)
  expect(told.message).toMatch(message)
  expect(told.message).not.toContain('.part')
})
