/** `nftproof lab` from outside. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const RULES = `table inet router {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "lan*" ip saddr 192.168.1.0/24 oifname eth0 accept
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "eth0" masquerade
  }
}
`
const INFERRED = `# zone other is added behind an interface that no rule names, because rules without an interface condition apply there too
# lan* (rules.nft:4) → zone lan0, 192.168.1.0/24 (rules.nft:4) and fd00:1::/64
# eth0 → zone eth0, 203.0.113.0/24 and 2001:db8:1::/64, default route: rules masquerade there (rules.nft:8)
# other → zone other, 10.20.1.0/24 and fd00:2::/64
# forwarding is on
zones:
  lan0:
    addresses: [192.168.1.10/24, fd00:1::10/64]
  eth0:
    addresses: [203.0.113.10/24, 2001:db8:1::10/64]
    default: true
  other:
    addresses: [10.20.1.10/24, fd00:2::10/64]
forwarding: true
`

let folder: string
const lab = (...args: readonly string[]) => nftproof(['lab', ...args], { cwd: folder })
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-lab-'))
  writeFileSync(join(folder, 'rules.nft'), RULES)
  writeFileSync(join(folder, 'there.yaml'), 'mine')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('lab refuses bad input: exit 2, and nothing on standard output', () => {
  test.each<[readonly string[], RegExp]>([
    [['infer', 'no.nft'], /no\.nft: no such file/],
    [['infer', '.'], /is a directory/],
    [['infer'], /missing required argument/],
    [
      ['infer', 'rules.nft', '--write-lab', 'there.yaml'],
      /--write-lab there\.yaml: the file exists: choose another name, or overwrite it with --force/,
    ],
    [['from-host', '--write-lab', 'there.yaml'], /the file exists/],
    [['check', 'there.yaml'], /^nftproof: there\.yaml:1:1: /],
    [['check', 'no.yaml'], /no such file/],
    [['chek'], /unknown command 'chek'/],
  ])('%j', (args, message) => {
    const { code, out, err } = lab(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(read('there.yaml')).toBe('mine')
  })
})

test('lab from-host needs the program ip: exit 3', () => {
  const { code, out, err } = nftproof(['lab', 'from-host'], {
    env: { PATH: folder, NFTPROOF_PATH_ONLY: '1' },
  })
  expect({ code, out }).toEqual({ code: 3, out: '' })
  expect(err).toContain('ip was not found: install the package iproute2')
})

test('a missing output folder: exit 2', () => {
  const { code, err } = lab('infer', 'rules.nft', '--write-lab', 'no/lab.yaml')
  expect(code).toBe(2)
  expect(err).toMatch(/no\/lab\.yaml could not be written: the folder no does not exist/)
})

test('lab infer prints the lab with its reasons or writes it, and lab check accepts the file', () => {
  expect(lab('infer', 'rules.nft')).toEqual({ code: 0, out: INFERRED, err: '' })
  expect(lab('infer', 'rules.nft', '--write-lab', 'new.yaml')).toMatchObject({ code: 0, out: '' })
  expect(read('new.yaml')).toBe(INFERRED)
  expect(lab('infer', 'rules.nft', '--write-lab', 'new.yaml').code).toBe(2)
  expect(lab('infer', 'rules.nft', '--write-lab', 'new.yaml', '--force').code).toBe(0)
  expect(lab('check', 'new.yaml')).toEqual({
    code: 0,
    out: 'new.yaml: 3 zones, default route to eth0, forwarding on\n',
    err: '',
  })
})
