/** A folder of rulesets whose names and comments are hostile, for the tests of a file. No test may leave a file in it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { parse } from 'yaml'
import { type Ended, nftproof } from './command.ts'

/** What each hostile text would make in the working directory, if something ran it. */
export const CANARY = 'made'

export let folder: string
export const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
export const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
export const runInFolder = (...args: string[]): Ended => nftproof(args, { cwd: folder })

/** As it is written on a command line: a file's name that begins with a hyphen would be an option. */
export const path = (name: string): string => (name.startsWith('-') ? `./${name}` : name)

export const FILES = [
  ...['-x.nft', '--json', '`>made`.nft', '$(>made).nft', ";>made;'.nft", '"q".nft', 'a b.nft'],
  ...['a\nb.nft', 'a,b.nft', 'main:x.nft', 'script:x.nft', 'netns:x.nft', '%d%s.nft', '*.nft'],
  ...['|touch made', '<b>.nft', 'a\\.nft', '#.nft', '~', '{a,b}', 'é日🔥.nft', '@org', '](x)'],
  ...['\u001b[31m.nft', '\u202eabc.nft', '\u2028.nft', `${'x'.repeat(200)}.nft`],
]

/** Names of sets and comments, as far as nft takes them, and more than that where it does not matter. */
export const COMMENT =
  "`>made` $(>made) | <script>alert(1)</script> [x](y) **b** ]]> &lt; '); @org #1"
export const rules = (port: number): string => `table inet t {
  set s { type inet_service; elements = { ${port} }; comment "${COMMENT}"; }
  chain c {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "in0" oifname "out0" tcp dport @s accept comment "${COMMENT}"
  }
}
`

/** What the folder holds when a test ends. */
export let before: string[]
export function expectFiles(names: string[]): void {
  before = names
}
export const files = (): string[] => readdirSync(folder).sort()

/** Call it at the top of a file. */
export function inHostileFolder(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
    for (const name of FILES) write(name, rules(80))
    write('other.nft', rules(8080))
    write('lab.yaml', 'zones:\n  in: { link: in0 }\n  out: { link: out0 }\n')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeEach(() => {
    before = files()
    return () => {
      for (const name of WRITTEN) rmSync(join(folder, name), { force: true })
      expect(files()).toEqual(before)
    }
  })
}

/** Reports that tests ask for; their names are hostile too. */
export const WRITTEN = ['`>made`.xml', '$(>made).md', '-j.xml', '-m.md']

/** Elements of a Markdown page, as a real parser reads it, raw HTML included. */
export function markupOf(markdown: string): string[] {
  const html = micromark(markdown, {
    ...{ allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] },
  })
  return [...new Set(html.match(/<[a-z][^>]*>/g))].sort()
}
export const PLAIN_MARKUP = [
  '<code>',
  '<h2>',
  '<p>',
  '<table>',
  '<tbody>',
  '<td align="right">',
  '<td>',
  '<th align="right">',
  '<th>',
  '<thead>',
  '<tr>',
]

/** The words of a command as it is printed, as a shell takes them apart. */
export function wordsOf(command: string): string[] {
  const script = `nftproof() { printf '%s\\0' "$@"; }\n${command}`
  const { stdout, status } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout.split('\0').slice(0, -1)
}

/** Of rulesets that each name a link of their own, so that none is read in another one's place. */
export const linksOf = (text: string): string[] => Object.keys(parse(text).zones)
export const named = (i: number): string => rules(80).replaceAll('in0', `in${i}`)
export const NAMED = FILES.map((_, i) => `in${i}`)

export const SCENARIO = (title: string, firewall: string): string =>
  [
    ...[`title: ${JSON.stringify(title)}`, `requirement: ${JSON.stringify(title)}`],
    ...[`source: ${JSON.stringify(title)}`, 'policy: policy.yaml', 'lab: lab.yaml'],
    `firewall: ${JSON.stringify(firewall)}`,
    '',
  ].join('\n')
export const POLICY = `policy: p
title: ${JSON.stringify(COMMENT)}
zones: [in, out]
statements:
  - { from: in, to: out, allow: tcp/443, reason: ${JSON.stringify(COMMENT)} }
`
