/** Claim: a container that dies while it is measured proves nothing, whichever command measures it: exit 3, the same words, no verdict. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNftproof } from '../testing/command.ts'
import { Hold } from '../testing/held.ts'
import { PATIENCE } from '../testing/mark.ts'
import { RIGHT, rulesetOf } from '../testing/ruleset.ts'
import { SCENARIOS } from '../testing/wrong.ts'

const IMAGE = 'image:nftproof-test/base'
const FEW = ['--ports', '20-30', '--family', 'ipv4', '--protocol', 'tcp']
const ZONES = `title: A title
requirement: A claim.
source: the test
policy: paper.yaml
zones: { wan: wan0, lan: shop0 }
sweeps: [{ ports: 75-85 }]
firewall: { image: nftproof-test/base, ruleset: rules.nft }
`
const PAPER = `policy: small
title: A small network
zones: [wan, lan]
statements:
  - { from: lan, to: wan, allow: tcp/80 }
`

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'nftproof-ended-'))
  writeFileSync(join(cwd, 'rules.nft'), rulesetOf(RIGHT))
  writeFileSync(join(cwd, 'zones.yaml'), ZONES)
  writeFileSync(join(cwd, 'paper.yaml'), PAPER)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8' }).trim()
const containers = (): string[] =>
  docker('ps', '--quiet', '--filter', 'label=nftproof.run').split('\n').filter(Boolean)

/** Killed at the first probe of its lab. */
async function whileMeasured(args: readonly string[]) {
  const hold = new Hold('attempt done')
  try {
    const child = startNftproof([...args], { ...hold.env, NO_COLOR: '1' })
    const texts = { out: '', err: '' }
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (texts.err += text))
    let code: number | null | undefined
    const ended = new Promise<void>((resolve) =>
      child.on('close', (status) => {
        code = status
        resolve()
      }),
    )
    await hold.reached(() => (code === undefined ? undefined : `exit ${code}\n${texts.err}`))
    await expect.poll(() => containers().length, PATIENCE).toBeGreaterThan(0)
    docker('kill', ...containers())
    hold.release()
    await ended
    return { code, said: `${texts.out}${texts.err}` }
  } finally {
    hold.release()
  }
}

const RULES = 'rules.nft'
test.each<[string, (rules: string) => string[]]>([
  [
    'run, of an egress scenario',
    (rules) => ['run', 'default-egress', '--target', IMAGE, '--ruleset', rules, ...FEW],
  ],
  [
    'run, of a policy for zones',
    () => ['run', join(cwd, 'zones.yaml'), '--root', '/', ...FEW.slice(2)],
  ],
  ['diff', (rules) => ['diff', `${IMAGE},${rules}`, rules, '--quick', ...FEW.slice(2)]],
  ['explain', (rules) => ['explain', `${IMAGE},${rules}`, 'shop0', 'other', 'tcp/443']],
  [
    'matrix',
    () => [
      ...['matrix', 'default-egress', '--scenarios', SCENARIOS, '--ports', '20-30'],
      ...['--target', `one=${IMAGE}`, '--target', `two=${IMAGE}`],
    ],
  ],
])('%s', async (_, args) => {
  const { code, said } = await whileMeasured(args(join(cwd, RULES)))
  expect({ code, said }).toEqual({ code: 3, said: expect.stringMatching(/ended|removed|killed/) })
  expect(said).not.toMatch(/✔|no difference|conforms:|same/)
  expect(containers()).toEqual([])
})
