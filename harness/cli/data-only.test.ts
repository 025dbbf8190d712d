/** Claim: with --data-only nothing of the input is run or entered: it is refused, all of it at once, before anything starts. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { SUPERVISED } from '../supervisor/watched.ts'
import table from '../system/programs.json' with { type: 'json' }

const HEAD = 'title: A title\nrequirement: A claim.\nsource: the test\n'
const ZONES = `${HEAD}policy: paper.yaml\nzones: { wan: eth0, lan: eth1 }\n`
const EGRESS = `${HEAD}policy: ${SCENARIOS}/policies/zerops.yaml
projects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }
sweeps: [{ from: shop, to: internet, ports: 20-30 }]
`
const FILES = {
  'good.nft':
    'table inet t {\n  chain c {\n    type filter hook forward priority 0; policy drop;\n    iifname "eth1" oifname "eth0" tcp dport 80 accept\n  }\n}\n',
  'setup.sh': '#!/bin/sh\ntouch "$CANARY"\nnft flush ruleset\n',
  Dockerfile: 'FROM made/up\n',
  'compose.yaml': 'services: { edge: { image: made/up } }\n',
  'box.yaml': 'image: made/up\nready: { log: up }\n',
  Vagrantfile: 'File.write(ENV["CANARY"], "")\n',
  'paper.yaml':
    'policy: small\ntitle: A small network\nzones: [wan, lan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/80 }\n',
  'zones.yaml': `${ZONES}firewall: good.nft\n`,
  'egress.yaml': EGRESS,
}

/** A firewall that is more than data, as it is named, and what is said of it. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['script:setup.sh', /setup\.sh: it is a script, and nftproof would run it/],
  ['setup.sh', /setup\.sh: it is a script, and nftproof would run it/],
  ['good.nft,setup.sh', /setup\.sh: it is a script, and nftproof would run it/],
  ['netns:nowhere', /netns:nowhere: it is a namespace of this machine/],
  ['pid:1', /pid:1: it is a namespace of this machine/],
  ['image:made/up,good.nft', /image:made\/up: it is an image, and nftproof would run its programs/],
  ['dockerfile:Dockerfile,good.nft', /dockerfile:\S*Dockerfile: it is a Dockerfile/],
  ['compose:compose.yaml#edge,good.nft', /compose:\S*compose\.yaml#edge: it is a compose file/],
  ['container:box.yaml', /image:made\/up: it is an image/],
]

let folder: string
let stubs: string
let canary: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-data-only-'))
  stubs = join(folder, 'stubs')
  canary = join(folder, 'canary')
  mkdirSync(stubs)
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  // Whatever program is called leaves its name.
  const names = [table.run, table.tests, table.beside].flatMap(Object.keys)
  for (const name of names.flatMap((key) => key.split(' '))) {
    writeFileSync(join(stubs, name), `#!/bin/sh\necho ${name} >> "$CANARY"\nexit 7\n`)
    chmodSync(join(stubs, name), 0o755)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => rmSync(canary, { force: true }))

function command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const own = { PATH: stubs, NFTPROOF_PATH_ONLY: '1', CANARY: canary, [SUPERVISED]: '1' }
  return nftproof(args, { cwd: folder, env: { ...own, ...env } })
}

/** Lines that are refused. Nothing may have been called. */
function refused(...args: string[]): string[] {
  const { code, out, err } = command([...args, '--data-only'])
  const called = existsSync(canary) ? readFileSync(canary, 'utf8') : ''
  expect({ code, out, called, err }).toEqual({ code: 2, out: '', called: '', err })
  return err
    .replace(/^nftproof: /, '')
    .split('\n')
    .filter(Boolean)
}

const scenario = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}

test('without --data-only, the script is run: the canary file appears', () => {
  const { code } = command(['diff', 'setup.sh', 'good.nft'])
  expect(readFileSync(canary, 'utf8')).toBe('setpriv\n')
  expect(code).toBe(3)
})

describe.each(KINDS)('%s', (firewall, said) => {
  const one = [expect.stringMatching(said)]
  test('is refused by diff on either side, and by explain', () => {
    expect(refused('diff', firewall, 'good.nft')).toEqual(one)
    expect(refused('diff', 'good.nft', firewall)).toEqual(one)
    expect(refused('explain', firewall, 'eth0', 'firewall', 'tcp/22')).toEqual(one)
  })

  test('is refused by lab infer', () => {
    expect(refused('lab', 'infer', 'good.nft', firewall)).toEqual(one)
  })

  test('is refused by run and matrix as --ruleset', () => {
    expect(refused('run', 'zones.yaml', '--ruleset', firewall)).toEqual(one)
    const places = ['--target', 'here', '--target', 'b=here']
    expect(refused('matrix', 'zones.yaml', ...places, '--ruleset', firewall)).toEqual(one)
  })
})

test('each kind is refused in a scenario, with its position', () => {
  const files = KINDS.map(([firewall], i) =>
    scenario(`own${i}.yaml`, `${ZONES}firewall: "${firewall}"\n`),
  )
  const lines = refused('run', ...files)
  expect(lines).toEqual(KINDS.map(([, said]) => expect.stringMatching(said)))
  for (const [i, line] of lines.entries())
    expect(line.startsWith(`own${i}.yaml:6:11: firewall `)).toBe(true)
})

describe('a container in a scenario is refused with its position', () => {
  test('of each kind', () => {
    const firewalls = [
      ['{ image: made/up, ruleset: good.nft }', 'it is an image'],
      ['{ dockerfile: Dockerfile, ready: { log: up } }', 'it is a Dockerfile'],
      ['{ compose: compose.yaml, service: edge, ready: { command: x } }', 'it is a compose file'],
    ] as const
    const files = firewalls.map(([firewall], i) =>
      scenario(`a${i}.yaml`, `${ZONES}firewall: ${firewall}\n`),
    )
    expect(refused('run', ...files)).toEqual(
      firewalls.map(([, said], i) =>
        expect.stringMatching(new RegExp(`^a${i}\\.yaml:6:11: firewall .*${said}`)),
      ),
    )
  })

  test('in a scenario about projects', () => {
    const egress = scenario('b.yaml', `${EGRESS}firewall: { image: made/up }\n`)
    // Its policy lies outside of its folder.
    expect(refused('run', egress, '--root', '/')).toEqual([
      expect.stringMatching(/^b\.yaml:7:11: firewall image:made\/up: it is an image/),
    ])
  })
})

describe('options that name a container, a namespace or another machine are refused', () => {
  test.each([
    [['--target', 'netns:nowhere'], /netns:nowhere: it is a namespace/],
    [['--target', 'pid:1'], /pid:1: it is a namespace/],
    [['--target', 'image:made/up', '--load'], /image:made\/up: it is an image/],
    [['--target', 'dockerfile:Dockerfile', '--ready', 'log:x'], /it is a Dockerfile/],
    [['--target', 'compose:compose.yaml#edge', '--load'], /it is a compose file/],
    [['--target', 'container:box.yaml'], /it is an image/],
    [['--target', 'nic:wan=eth8,lan=eth9'], /these are interfaces of this machine/],
    [
      ['--run-in', 'container'],
      /--run-in container: nftproof would run an image with this folder in it/,
    ],
    [
      ['--run-in', 'vagrant'],
      /--run-in vagrant: nftproof would run the Vagrantfile of this folder/,
    ],
  ])('%j', (flags, said) => {
    expect(refused('run', 'egress.yaml', ...flags)).toEqual([expect.stringMatching(said)])
  })

  test.each([
    ['netns:nowhere', /it is a namespace/],
    ['image:made/up', /it is an image/],
    ['dockerfile:Dockerfile', /it is a Dockerfile/],
    ['compose:compose.yaml#edge', /it is a compose file/],
    ['box=container:box.yaml', /it is an image/],
    ['vagrant', /the Vagrantfile of this folder/],
  ])('matrix --target %s', (place, said) => {
    expect(refused('matrix', 'egress.yaml', '--target', 'here', '--target', place)).toEqual([
      expect.stringMatching(said),
    ])
  })
})

test('all refusals are reported together', () => {
  const [a, b, c] = ['setup.sh', '{ image: made/up, ruleset: "script:setup.sh" }', 'netns:r1'].map(
    (firewall, i) => scenario(`all${i}.yaml`, `${ZONES}firewall: ${firewall}\n`),
  ) as [string, string, string]
  const flags = ['--target', 'pid:1', '--ruleset', 'script:setup.sh', '--run-in', 'container']
  const lines = refused('run', a, b, c, ...flags)
  expect(lines.map((line) => line.replace(/:? (it|an|the|nftproof) .*/, '')).sort()).toEqual(
    [
      '--run-in container',
      'all0.yaml:6:11: firewall setup.sh',
      'all1.yaml:6:11: firewall image:made/up',
      'all1.yaml:6:11: firewall setup.sh',
      'all2.yaml:6:11: firewall netns:r1',
      'pid:1',
      'setup.sh',
    ].sort(),
  )
  expect(refused('diff', 'setup.sh', 'netns:r1')).toHaveLength(2)
  expect(refused('lab', 'infer', 'setup.sh', 'netns:r1')).toHaveLength(2)
  const places = ['--target', 'vagrant', '--target', 'netns:r1', '--target', 'image:a']
  expect(refused('matrix', a, ...places, '--ruleset', 'setup.sh')).toHaveLength(5)
})

describe('NFTPROOF_DATA_ONLY', () => {
  test('set to 1 has the same effect in every command', () => {
    const { code, err } = command(['diff', 'setup.sh', 'good.nft'], { NFTPROOF_DATA_ONLY: '1' })
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/it is a script/) })
    expect(existsSync(canary)).toBe(false)
  })

  test.each(['0', 'yes', 'false'])('set to %s is refused', (value) => {
    const { code, err } = command(['policy', 'show', 'paper.yaml'], { NFTPROOF_DATA_ONLY: value })
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/is not valid: set it to 1, or unset it/),
    })
  })
})

test('run --list runs nothing and prints the scenarios', () => {
  const file = scenario('listed.yaml', `${ZONES}firewall: good.nft\n`)
  const { code, out } = command(['run', file, '--list', '--data-only'])
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('A title') })
})
