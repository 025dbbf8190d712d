/** Scenarios → the programs that they need, read as the bootstrap reads them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EVERY_RUN } from '../../harness/system/find-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-needed-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function needed(job: string, ...args: readonly string[]) {
  const script = join(import.meta.dirname, 'needed.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, job, ...args], {
    encoding: 'utf8',
  })
  return { status, stderr, programs: JSON.parse(stdout || 'null') as string[] | null }
}

const POLICY = `policy: gate
title: A gate
zones: [inside, outside]
otherwise: drop
statements: [{ from: inside, to: outside, allow: tcp/443 }]
`

/** A folder with one scenario about this firewall. */
function scenarioAbout(firewall: string, name: string): string {
  const own = join(folder, name)
  mkdirSync(own)
  mkdirSync(join(own, 'policies'))
  writeFileSync(join(own, 'policies/gate.yaml'), POLICY)
  writeFileSync(join(own, 'rules'), '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n')
  writeFileSync(
    join(own, 'setup.sh'),
    '#!/usr/bin/env bash\nmodprobe x || ip6tables -F\n/sbin/tc qdisc show\n',
  )
  writeFileSync(
    join(own, 'one.yaml'),
    `title: One
requirement: The gate lets out what it should.
source: A test
firewall: ${firewall}
zones: { inside: lan0, outside: wan0 }
policy: policies/gate.yaml
`,
  )
  return own
}

const cases: [string, string, readonly string[]][] = [
  ['iptables:rules', 'as this machine has it', ['iptables-restore']],
  ['ip6tables-nft:rules', 'over nftables', ['ip6tables-nft-restore']],
  [
    'iptables-legacy:rules',
    'the older kind, which is listed by a program of its own too',
    ['iptables-legacy-restore', 'iptables-legacy-save'],
  ],
  ['script:setup.sh', 'a script: what it mentions', ['env', 'bash', 'ip6tables', 'tc']],
  ['no/such/file', 'a file that is missing is told by the run itself', []],
]

test.each(cases)('%s: %s', (firewall, _, programs) => {
  const own = scenarioAbout(firewall, firewall.replaceAll(/\W/g, '-'))
  expect(needed('conformance', own)).toEqual({
    status: 0,
    stderr: '',
    programs: [...EVERY_RUN, ...programs],
  })
})

test('the shipped scenarios need iptables-restore', () => {
  expect(needed('conformance').programs).toEqual([...EVERY_RUN, 'iptables-restore'])
})

test('the tests need the programs of every kind of firewall', () => {
  const { programs } = needed('test')
  expect(programs).toEqual(
    expect.arrayContaining([...EVERY_RUN, 'ip6tables-legacy-restore', 'nsenter', 'tc', 'git']),
  )
})

test('an invalid scenario is left to the run', () => {
  const own = scenarioAbout('iptables:rules', 'mistaken')
  writeFileSync(join(own, 'two.yaml'), 'title: [')
  expect(needed('conformance', own)).toMatchObject({ status: 0, programs: [...EVERY_RUN] })
})
