/** Claim: a kind of firewall is two files, and nothing outside them asks which kind it is. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALL } from '../src/firewall/kinds/all.ts'
import { ROOT, sources } from './imports/read.ts'
import { kindLists, staleLists } from './kinds.ts'

test('the lists of kinds and loaders are up to date', () => {
  expect(staleLists()).toEqual([])
})

test('two new files are a new kind, in the order of their names', () => {
  const root = mkdtempSync(join(tmpdir(), 'nftproof-lists-'))
  const write = (folder: string, file: string, text: string): void => {
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, folder, file), text)
  }
  write('src/firewall/kinds', 'nft.ts', 'export const kind: FirewallKind = {}\n')
  write('src/firewall/kinds', 'vpp-acl.ts', "export const kind = of('vpp')\n")
  write('src/firewall/kinds', 'helper.ts', 'export const kinds = 1\n')
  write('harness/firewall', 'load-nft.ts', 'export const loader: Loader = {}\n')
  write('harness/firewall', 'load-vpp-acl.ts', 'export const loader: Loader = {}\n')
  const [kinds, loaders] = [...kindLists(root).values()]
  rmSync(root, { recursive: true })
  expect(kinds).toContain("import { kind as vpp_acl } from './vpp-acl.ts'")
  expect(kinds).toContain('= [nft, vpp_acl]\n')
  expect(kinds).not.toContain('helper')
  expect(loaders).toContain('= [nft, vpp_acl]\n')
})

/** Where one kind is meant and no other: its own files, options that only it has, texts that are made as it. */
const MAY_NAME: readonly RegExp[] = [
  /^src\/firewall\/kinds\//,
  /^harness\/firewall\/(?:load-\w+|restore)\.ts$/,
  // It finds commands of several languages in a script.
  /^src\/nft\/text\/script-mentions\.ts$/,
  // A scenario about projects replaces its compiled ruleset by another one.
  /^harness\/commands\/run-options\.ts$/,
]

test('no other file compares the kind of a part with a name', () => {
  const names = ALL.filter(({ becomes }) => becomes === undefined)
    .map(({ name }) => name)
    .join('|')
  const asks = new RegExp(`\\b(?:kind|\\)) (?:===|!==) '(?:${names})'|case '(?:${names})':`)
  const found = ['src', 'harness']
    .flatMap(sources)
    .filter((file) => !MAY_NAME.some((one) => one.test(file)))
    .flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .filter((line) => asks.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})
