/** Claim: with --data-only everything that is data is proved as ever. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const RULES = `table inet t {
  chain c {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    iifname "eth1" oifname "eth0" tcp dport 80 accept
  }
}
`
const SAVED = `*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
-A FORWARD -i eth1 -o eth0 -p tcp --dport 80 -j ACCEPT
COMMIT
`
const NARROW = ['--family', 'ipv4', '--protocol', 'tcp', '--quick', '--data-only']
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-admitted-'))
  writeFileSync(join(folder, 'rules.nft'), RULES)
  writeFileSync(join(folder, 'rules.v4'), SAVED)
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' })
  git('init')
  git('add', '.')
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-m', 'Add rules')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['nftables text', 'rules.nft'],
  ['the output of iptables-save', 'rules.v4'],
  ['a git revision', 'HEAD:rules.nft'],
])('--data-only compares %s', (_, file) => {
  const { code, err } = nftproof(['diff', file, file, ...NARROW], { cwd: folder })
  expect({ code, err }).toEqual({ code: 0, err })
})

test('--data-only runs the shipped scenarios, and a matrix with this machine', () => {
  const narrow = ['--ports', '22', '--from', 'wan', '--to', 'web', '--family', 'ipv4', '--bundled']
  const { code, err } = nftproof(['run', 'office/paper', ...narrow, '--no-save', '--data-only'])
  expect({ code, err }).toEqual({ code: 0, err })
  const places = ['--target', 'here', '--target', 'again=here']
  const matrix = nftproof(['matrix', 'office/paper', ...narrow, ...places, '--data-only'])
  expect({ code: matrix.code, err: matrix.err }).toEqual({ code: 0, err: matrix.err })
})
