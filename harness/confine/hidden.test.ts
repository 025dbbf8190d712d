/** What is hidden of folders: by name, by mode, by kind, and because there is too much of it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hiddenIn, isPrivateName, isUnreadable } from './hidden.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hidden-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(path: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), '')
  chmodSync(join(folder, path), mode)
}

test('dot files at any depth and pipes are hidden, but never the script itself', () => {
  for (const path of ['.fw.sh', '.env', '.git/config', 'a/b/.netrc', 'a/b/c', 'a/.d/e']) put(path)
  symlinkSync('/etc/shadow', join(folder, 'link'))
  spawnSync('mkfifo', [join(folder, 'pipe')])
  expect(hiddenIn(folder, isPrivateName('.fw.sh')).sort()).toEqual(
    ['.env', '.git', 'a/.d', 'a/b/.netrc', 'pipe'].sort(),
  )
})

test('files without public read permission are hidden, except rulesets', () => {
  const secret = ['shadow', 'sysconfig/secret', 'ufwx']
  const rules = ['iptables/rules.v4', 'nftables.conf', 'sysconfig/nftables.conf', 'ufw/user.rules']
  for (const path of [...secret, ...rules]) put(path, 0o600)
  put('hosts')
  put('private/key')
  chmodSync(join(folder, 'private'), 0o750)
  expect(hiddenIn(folder, isUnreadable).sort()).toEqual(
    ['private', 'shadow', 'sysconfig/secret', 'ufwx'].sort(),
  )
})

test('a folder is hidden as a whole when the limit of entries is reached, and only then', () => {
  for (const path of ['a/1', 'a/2', 'a/3', 'b/1', 'b/c/1', 'top']) put(path)
  expect(hiddenIn(folder, () => false, 5)).toEqual(['a', 'b/c'])
  expect(hiddenIn(folder, () => false, 9)).toEqual([])
  // What is beside the script is always seen.
  expect(hiddenIn(folder, () => false, 0).sort()).toEqual(['a', 'b'])
})
