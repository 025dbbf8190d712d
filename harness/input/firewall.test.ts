/** Firewalls from disk and from git: what is put where, and what is said of what is not there. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sourceLineOf } from '../../src/firewall/firewall.ts'
import { InputError } from '../system/errors.ts'
import { readFirewall } from './firewall.ts'

let folder: string
let before: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-read-'))
  before = process.cwd()
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** Each line with the place that it comes from, empty ones left out. */
async function lines(argument: string): Promise<string[]> {
  const [part] = (await readFirewall(argument)).parts
  return part!.text.split('\n').flatMap((line, i) => {
    const { file, line: at } = sourceLineOf(part!, i + 1)
    return line.trim() === '' ? [] : [`${file}:${at} ${line.trim()}`]
  })
}

test('includes are inserted: relative, by wildcard in order, and nested', async () => {
  write(
    'main.nft',
    '# include "no.nft"\ninclude "d/*.nft"\ntable ip t {\n  include "d/b.nft" # b\n}\n',
  )
  write('d/b.nft', 'B')
  write('d/a.nft', 'include "../e.nft"\nA "include"\n')
  write('e.nft', 'E\n')
  expect(await lines('main.nft')).toEqual([
    'main.nft:1 # include "no.nft"',
    'e.nft:1 E',
    'd/a.nft:2 A "include"',
    'd/b.nft:1 B',
    'main.nft:3 table ip t {',
    'd/b.nft:1 B',
    'main.nft:4 # b',
    'main.nft:5 }',
  ])
})

test('an include that matches nothing by wildcard is accepted; a missing or circular include is refused', async () => {
  write('none.nft', 'include "x/*.nft"\nA\n')
  expect(await lines('none.nft')).toEqual(['none.nft:2 A'])
  write('missing.nft', 'A\n  include "x.nft"\n')
  await expect(readFirewall('missing.nft')).rejects.toThrow(
    /^missing\.nft:2:3: include "x\.nft": no such file$/,
  )
  write('a.nft', 'include "b.nft"\n')
  write('b.nft', 'include "a.nft"\n')
  await expect(readFirewall('a.nft')).rejects.toThrow(
    /^b\.nft:1:1: include "a\.nft": the file includes/,
  )
})

test('files that include each other twice each are refused quickly', async () => {
  for (let level = 0; level < 15; level++)
    write(`bomb${level}.nft`, `include "bomb${level + 1}.nft"\n`.repeat(2))
  write('bomb15.nft', '# the last one\n')
  await expect(readFirewall('bomb0.nft')).rejects.toThrow(
    /^bomb\d+\.nft:\d:1: include "bomb\d+\.nft": the files together are too long: the limits are 10,000 files/,
  )
})

test('several includes in one line keep the positions of all text', async () => {
  write('one.nft', 'A; include "a.nft"; B; include "b.nft"; C\nD\n')
  write('a.nft', 'a')
  write('b.nft', 'b\n')
  expect(await lines('one.nft')).toEqual([
    'one.nft:1 A;',
    'a.nft:1 a',
    'one.nft:1 ; B;',
    'b.nft:1 b',
    'one.nft:1 ; C',
    'one.nft:2 D',
  ])
})

test('a firewall in a git revision is read with its includes', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      stdio: 'pipe',
    })
  git('init', '-q', '-b', 'main')
  write('fw/rules.nft', 'include "d/*.nft"\nOLD\n')
  write('fw/d/x.nft', 'OLD X\n')
  git('add', '.')
  git('commit', '-qm', 'rules')
  write('fw/rules.nft', 'NEW\n')
  write('fw/d/x.nft', 'NEW X\n')
  expect(await lines('main:fw/rules.nft')).toEqual([
    'main:fw/d/x.nft:1 OLD X',
    'main:fw/rules.nft:2 OLD',
  ])
  expect(await lines('fw/rules.nft')).toEqual(['fw/rules.nft:1 NEW'])
  await expect(readFirewall('main:fw/none.nft')).rejects.toThrow(
    /main:fw\/none\.nft: not in this revision/,
  )
  await expect(readFirewall('nobranch:fw/rules.nft')).rejects.toThrow(InputError)
  await expect(readFirewall('netn:r1')).rejects.toThrow(/ — did you mean netns:\?$/)
})

test('prefixes name the kind of a file, and commas join parts', async () => {
  write('v4', '*filter\nCOMMIT\n')
  write('v6', '*filter\nCOMMIT\n')
  write('s', 'nft add table ip t\n')
  const kinds = async (argument: string) =>
    (await readFirewall(argument)).parts.map(({ kind, backend }) => [kind, backend])
  expect(await kinds('v4')).toEqual([['iptables', undefined]])
  expect(await kinds('iptables-legacy:v4,ip6tables-nft:v6')).toEqual([
    ['iptables', 'legacy'],
    ['ip6tables', 'nft'],
  ])
  expect(await kinds('script:s')).toEqual([['script', undefined]])
  await expect(readFirewall('v4,')).rejects.toThrow(/a name is missing between the commas/)
  await expect(readFirewall('nothing.nft')).rejects.toThrow(InputError)
})

test.each<[string, string | Buffer, RegExp]>([
  [
    'without text',
    ' \n',
    /^fw\.nft: the file is empty: for a firewall without rules, write the comment/,
  ],
  [
    'with Latin-1 outside of comments',
    Buffer.from('# für\nadd table für\n', 'latin1'),
    /^fw\.nft:2:12: the byte 0xFC, which is not UTF-8: nft does not accept it outside/,
  ],
])('a firewall %s is refused', async (_, content, message) => {
  writeFileSync(join(folder, 'fw.nft'), content)
  await expect(readFirewall('fw.nft')).rejects.toThrow(message)
  await expect(readFirewall('fw.nft')).rejects.toThrow(InputError)
})

test('an explicitly empty firewall is accepted', async () => {
  write('fw.nft', '# no rules\n')
  expect((await readFirewall('fw.nft')).parts).toHaveLength(1)
})
