/** Variables for scripts on the command line: each script has them, and what replays a finding names them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-environment-'))
  const text = (verdict: string): string => `#!/bin/sh
set -eu
nft add table inet t
nft add chain inet t c '{ type filter hook forward priority 0; policy drop; }'
nft add rule inet t c ct state established accept
nft add rule inet t c iifname "$LAN" oifname wan0 tcp dport 22 ${verdict}
`
  writeFileSync(join(folder, 'old.sh'), text('accept'))
  writeFileSync(join(folder, 'new.sh'), text('drop'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const LAB = `zones:
  lan0: { link: lan0, addresses: [10.1.1.20/24] }
  wan0: { link: wan0, addresses: [203.0.113.20/24] }
`
const PLACE = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']

test('both firewalls and the replay get the variables', () => {
  writeFileSync(join(folder, 'lab.yaml'), LAB)
  const args = ['diff', 'script:old.sh', 'script:new.sh', '--lab', 'lab.yaml', ...PLACE]
  const { code, out } = nftproof(
    [...args, '--environment', 'LAN=lan0', '--script-timeout', '900'],
    {
      cwd: folder,
    },
  )
  expect({ code, out }).toEqual({
    code: 1,
    out: expect.stringMatching(
      /diff .*--environment '?LAN=lan0'? --script-timeout 900 .*--ports 22/,
    ),
  })
})

test('a script without a variable that it needs fails with its own message', () => {
  const { code, err } = nftproof(
    ['explain', 'script:old.sh', 'lan0', 'wan0', 'tcp/22', '--lab', 'lab.yaml'],
    {
      cwd: folder,
      env: { LAN: 'lan0' },
    },
  )
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/the script old\.sh ended with code 2:\n.*LAN: parameter not set/),
  })
})

test.each(['LAN', '=x', '2LAN=x', 'A B=x'])('%j is refused as a variable', (text) => {
  const { code, err } = nftproof(
    ['diff', 'script:old.sh', 'script:new.sh', '--environment', text],
    {
      cwd: folder,
    },
  )
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/must be the name of a variable and its value \(LAN=eth1\)/),
  })
})
