/** Claim: what nft, iptables-restore, a script, git or the command itself in another process says does not act on the terminal. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIN, nftproof } from '../../tools/testing/command.ts'
import {
  expectSafe,
  FORGED,
  HOSTILE,
  HOSTILE_LINE,
  inQuotes,
  LOOKS,
} from '../../tools/testing/hostile-text.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  copyFileSync(join(SCENARIOS, 'policies/zerops.yaml'), join(folder, POLICY))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

/** What nft's words may hold: bytes of a file, but no quote. */
const SAID = HOSTILE_LINE.replaceAll('"', '')
/** Beside the scenarios, as no name in a file leads out of their folder. */
const POLICY = 'policy.yaml'
const QUICK = ['--quick', '--family', 'ipv4', '--protocol', 'tcp'] as const
const ONE = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '22', '--no-save'] as const

/** A comment has at most 128 bytes. */
const COMMENT = '\u001b[31mred\u001b]0;t\u0007\u009b1m\u202e\u200b ##[error]x'
const rules = (decision: string): string => `table inet t {
 chain c {
  type filter hook forward priority 0; policy drop;
  iifname "lan0" oifname "wan0" tcp dport 22 ${decision} comment "${COMMENT}"
 }
}
`

/** What a script prints, on both streams, and what it is called by. */
const script = (end: string): string => {
  const words = JSON.stringify(Buffer.from(`${HOSTILE}\n`).toString('hex'))
  return `#!/bin/sh\nfor fd in 1 2; do echo ${words} | sed 's/../\\\\\\\\x&/g' | xargs -n1 printf '%b' >&$fd; done\n${end}\n`
}

type Case = readonly [what: string, args: () => readonly string[], said: RegExp]

type Looks = readonly (typeof LOOKS)[number][]

function safeFor(cases: readonly Case[], looks: Looks = LOOKS.slice(1)): void {
  describe.each(looks)('%s', (look, colours) => {
    test.each<Case>(cases)('%s', (_, args, said) => {
      const ended = nftproof(args(), { cwd: folder, env: colours })
      expect(`${ended.out}${ended.err}`).toMatch(said)
      expect(ended.err).not.toContain('this is a bug')
      expectSafe(ended, look === 'with colours')
    })
  })
}

const good = (): string => file('good.nft', rules('drop'))
const bad = (text: string, end = 'nft'): string => file(`bad.${end}`, text)

describe('error output of programs', () => {
  safeFor([
    ['nft: a name', () => ['diff', bad(`table inet t { chain "${SAID}" }\n`), good()], /bad\.nft/],
    ['nft: a word', () => ['diff', bad('\u001b[31mx\u009b\u202e\n'), good()], /bad\.nft/],
    [
      'a run: nft',
      () => ['run', scenario(), ...ONE, '--ruleset', bad(`table inet t { chain "${SAID}" }\n`)],
      /bad\.nft/,
    ],
    [
      'iptables-restore',
      () => [
        'diff',
        bad(`*filter\n-A INPUT -m comment --comment "${SAID}" -j ${SAID}\nCOMMIT\n`, 'v4'),
        good(),
      ],
      /bad\.v4/,
    ],
    [
      'iptables-restore-translate',
      () => ['diff', '--translated', bad(`*filter\n-A INPUT -j "${SAID}"\nCOMMIT\n`, 'v4')],
      /bad\.v4/,
    ],
    [
      'a script',
      () => ['diff', bad(script('exit 3'), 'sh'), good(), ...QUICK],
      /ended with code 3/,
    ],
    ['a run: a script', () => ['run', claim(), ...ONE], /ended with code 3/],
    ['git', () => ['diff', `${HOSTILE}:${HOSTILE}`, good()], /\\x1b\[31;1mb/],
  ])
})

describe('reports', () => {
  safeFor(
    [
      [
        'the walk of a packet',
        () => ['explain', file('a.nft', rules('accept')), 'lan0', 'wan0', 'tcp/22'],
        /\\x1b\[31mred/,
      ],
      [
        'a comparison',
        () => ['diff', good(), file('b.nft', rules('accept')), ...QUICK],
        /\\x1b\[31mred[\s\S]*✘ 1 change/,
      ],
      ['a run', () => ['run', scenario(), ...ONE], /conform/],
      [
        'a run of another ruleset',
        () => [
          'run',
          scenario(),
          ...ONE,
          '--ruleset',
          file(
            'd.nft',
            `table inet d {\n chain c {\n  type filter hook forward priority 0; policy drop;\n  tcp dport 22 drop comment "${COMMENT}"\n }\n}\n`,
          ),
        ],
        /\\x1b\[31mred[\s\S]*failed in 1 of 1 scenarios/,
      ],
      [
        'a matrix',
        () => [
          'matrix',
          scenario(),
          '--target',
          'x=here',
          '--target',
          'y=here',
          ...ONE.slice(0, -1),
        ],
        /no difference/,
      ],
    ],
    LOOKS,
  )
})

const Q = inQuotes(HOSTILE)

function scenario(): string {
  return file(
    'good.yaml',
    `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${POLICY}\nprojects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }\nsweeps: [{ from: shop, to: internet }]\n`,
  )
}

function claim(): string {
  file(
    'zones.yaml',
    `policy: paper\ntitle: ${Q}\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/22 }\notherwise: blocked\n`,
  )
  file(
    'lab.yaml',
    'zones:\n  lan: { link: lan0, addresses: [10.0.0.10/24] }\n  wan: { link: wan0, addresses: [198.51.100.10/24] }\n',
  )
  file('fails.sh', script('exit 3'))
  return file(
    'claim.yaml',
    `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: zones.yaml\nfirewall: script:fails.sh\nlab: lab.yaml\n`,
  )
}

/** The command on a terminal of its own (script(1)), which sees both streams. */
function onTerminal(...args: readonly string[]): string {
  const words = [process.execPath, MAIN, ...args].map((arg) => `'${arg}'`).join(' ')
  return execFileSync('script', ['-qc', words, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '' },
  })
}

describe('on a terminal', () => {
  test('the progress line and the lines between are safe', () => {
    const out = onTerminal('run', scenario(), ...ONE)
    expect(out).toContain('\u001b[32m')
    const bare = out.replaceAll('\r\n', '\n').replaceAll(/\r\p{Cc}\[2K/gu, '\n')
    expectSafe({ code: 0, out: bare, err: '' }, true)
  })

  test('a ruleset is escaped, in a pipe it is exact', () => {
    const policy = file(
      'titled.yaml',
      `policy: paper\ntitle: "a\\e[31mb\\u202e"\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/22 }\notherwise: blocked\n`,
    )
    file(
      'lab.yaml',
      'zones:\n  lan: { link: lan0, addresses: [10.0.0.10/24] }\n  wan: { link: wan0, addresses: [198.51.100.10/24] }\n',
    )
    const args = ['compile', policy, '--lab', 'lab.yaml']
    const { out } = nftproof(args, { cwd: folder })
    expect(out).toContain('table inet')
    // Rulesets are indented by tabs.
    const shown = onTerminal(...args)
      .replaceAll('\r\n', '\n')
      .replaceAll(/^\t+/gm, '')
    expectSafe({ code: 0, out: shown, err: '' }, false)
    execFileSync('sh', ['-c', `"$0" "$@" > exact.nft`, process.execPath, MAIN, ...args], {
      cwd: folder,
    })
    expect(execFileSync('cat', ['exact.nft'], { cwd: folder, encoding: 'utf8' })).toBe(out)
  })
})

test('no line of a script looks like a message of nftproof', () => {
  const { err } = nftproof(['diff', bad(script('exit 3'), 'sh'), good(), ...QUICK], { cwd: folder })
  expect(err).toContain(`
  ${FORGED}`)
})
