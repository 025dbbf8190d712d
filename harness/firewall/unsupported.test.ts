/** What nft says of what a kernel or nft lacks, told from what is wrong in a text. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { explain } from './nft.ts'
import { unsupported } from './unsupported.ts'

/** Debian 12's, which the word is too new for. */
const OLD = /v1\.0\.[0-6]\b/.test(execFileSync('nft', ['--version'], { encoding: 'utf8' }))
const NO_FILE = 'Error: Could not process rule: No such file or directory'

test.each<[string, string, number, string, RegExp | undefined]>([
  ['an expression', 'tcp dport 80 tproxy to :1', 14, NO_FILE, /does not have "tproxy"/],
  ['an object', '\tsecmark ssh_server {', 10, NO_FILE, /does not have "secmark"/],
  [
    'an object whose type has two words',
    '  ct helper "ftp" {',
    14,
    NO_FILE,
    /does not have "ct helper"/,
  ],
  ['a flow table', '  flow add @f', 3, NO_FILE, /does not have/],
  ['a missing chain', '    tcp dport 22 jump ssh', 18, NO_FILE, undefined],
  [
    'a newer keyword',
    'destroy table inet x',
    1,
    'Error: syntax error',
    OLD ? /needs nft 1\.0\.7/ : undefined,
  ],
  ['a typing error', 'talbe inet x {', 1, 'Error: syntax error', undefined],
])('%s', (_, line, column, message, told) => {
  const said = unsupported(message, `${line}\n`, { line: 1, column })
  if (told === undefined) expect(said).toBeUndefined()
  else expect(said ?? '').toMatch(told)
})

test("nft's suggestion of a lab table is removed, other suggestions stay", () => {
  const guess = (name: string): string =>
    `/dev/stdin:1:14-19: Error: No such file or directory; did you mean table ‘${name}’ in family inet?\ndelete table x\n             ^\n`
  expect(explain(guess('nftproof_control'), 'delete table x\n').message).not.toContain('nftproof_')
  expect(explain(guess('filter'), 'delete table x\n').message).toContain('did you mean table')
})
