/** Claim: nothing is proved that was not asked for, and a file of another kind is called what it is. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'

let folder: string
const run = (...args: string[]) => nftproof(args, { cwd: folder })

const FILES: Readonly<Record<string, string>> = {
  'edge.conf': 'table ip edge {\n  chain in {\n    type filter hook input priority 0;\n  }\n}\n',
  'saved.txt': '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n',
  setup: '#!/bin/sh\nnft flush ruleset\n',
  'paper.yaml': 'policy: paper\ntitle: t\nzones: [a]\nstatements: []\n',
  'about.yaml':
    'title: t\nrequirement: r\nsource: s\nfirewall: edge.conf\npolicy: paper.yaml\nzones: { a: eth0 }\n',
  'yard.yaml': 'zones:\n  barn: { link: barn0 }\n',
  'found.json': '{"format": "nftproof-result", "version": 7}',
  'listed.json': '{"nftables": []}',
  'wish.yaml': 'request: a\nproject: b\norganization: c\nuseCase: d\n',
  'box.yaml': 'image: router:1\nready: { log: up }\n',
  'rollout.yaml': 'changes: []\n',
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, 'nothing-in-it'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('in a folder without scenarios', () => {
  test.each([[[]], [['--list']], [['--ports', '22']], [['--shard', '1/2', '--times', 'none']]])(
    'run %j runs nothing and says what to do',
    (args) => {
      const { code, out, err } = run('run', ...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain('there is no folder "scenarios" here')
      for (const remedy of ['--scenarios DIR', 'FILE.yaml', '--bundled', 'nftproof diff OLD NEW'])
        expect(err).toContain(remedy)
    },
  )

  test('matrix runs nothing either', () => {
    const { code, err } = run('matrix', '--target', 'here', '--target', 'again=here')
    expect(code).toBe(2)
    expect(err.match(/there is no folder "scenarios" here/g)).toHaveLength(1)
  })

  test.each([
    ['run', 'default-egress'],
    ['compile', 'default-egress'],
    ['compile', join(SCENARIOS, 'policies/zerops.yaml'), '--scenario', 'default-egress'],
  ])('%s %s does not use the shipped file', (...args) => {
    const { code, out, err } = run(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /unknown scenario "default-egress" in scenarios, because this folder does not exist/,
    )
    expect(err).toMatch(/to run the shipped one, add --bundled/)
  })

  test.each([
    ['whole', ''],
    ['with mistakes', '  othrwise: drop\n'],
  ])('an egress policy about the firewall itself is called a policy: %s', (_, mistake) => {
    const folder = mkdtempSync(join(tmpdir(), 'nftproof-other-policy-'))
    const file = join(folder, 'edge.yaml')
    const parts = ['tcp', 'udp', 'icmp', 'protocols', 'inbound'].map(
      (part) => `${part}: { otherwise: deny }\n`,
    )
    const head = `policy: edge\ntitle: A router\nblocked: drop\n${mistake === '' ? 'direction: egress\n' : ''}`
    writeFileSync(file, `${head}${parts.join('')}firewall:\n  otherwise: drop\n${mistake}`)
    const { code, err } = run('run', file)
    expect({ code, policy: /this is a policy for egress, not a scenario/.test(err) }).toEqual({
      ...{ code: 2, policy: true },
    })
    const shown = run('policy', 'show', file)
    expect(shown.code).toBe(mistake === '' ? 0 : 2)
    if (mistake !== '') expect(shown.err).toMatch(/edge\.yaml:\d+:\d+: .*othrwise/)
    rmSync(folder, { recursive: true })
  })

  test('a scenario that is nowhere: what can be done', () => {
    const { code, err } = run('run', 'spoofed-sauce')
    expect(code).toBe(2)
    expect(err).toMatch(
      /unknown scenario "spoofed-sauce" in scenarios, because this folder does not exist: create it, name another one \(--scenarios DIR\), or add --bundled/,
    )
  })

  test.each(['run', 'compile'])('%s takes an id with a slash for an id', (command) => {
    const { code, err } = run(command, 'office/paper')
    expect(code).toBe(2)
    expect(err).toMatch(/^nftproof: unknown scenario "office\/paper" in scenarios, .*add --bundled/)
  })

  test.each(['yaml', 'yml'])('a file NAME.%s here is proposed for the id NAME', (end) => {
    const own = mkdtempSync(join(tmpdir(), 'nftproof-named-'))
    writeFileSync(join(own, `office.${end}`), FILES['about.yaml']!)
    const { code, err } = nftproof(['run', 'office'], { cwd: own })
    expect({ code, err }).toEqual({
      code: 2,
      err: `nftproof: unknown scenario "office" in scenarios, because this folder does not exist: for the file here, write office.${end}\n`,
    })
    rmSync(own, { recursive: true })
  })

  test('--bundled uses the shipped scenarios', () => {
    expect(run('run', '--bundled', '--list').out).toMatch(/^default-egress /m)
    expect(run('compile', 'default-egress', '--bundled').out).toContain('table inet egress_zerops')
  })

  test('--bundled and --scenarios exclude each other', () => {
    const { code, err } = run('run', '--bundled', '--scenarios', 'nothing-in-it')
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/leave one of them/),
    })
  })

  test('a scenario is found by its path', () => {
    cpSync(join(SCENARIOS, 'policies'), join(folder, 'rules/policies'), { recursive: true })
    cpSync(join(SCENARIOS, 'projects'), join(folder, 'rules/projects'), { recursive: true })
    cpSync(join(SCENARIOS, 'default-egress.yaml'), join(folder, 'rules/mine.yaml'))
    expect(run('run', '--list', 'rules/mine.yaml').out).toMatch(/mine\b/)
    expect(run('run', '--list', 'rules').out).toMatch(/mine\b/)
  })
})

describe('in a folder with its own scenarios', () => {
  test('a shipped scenario is not found, and the error says how to run it', () => {
    const own = join(folder, 'own')
    mkdirSync(join(own, 'scenarios'), { recursive: true })
    const { code, err } = nftproof(['run', 'default-egress'], { cwd: own })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/--bundled/) })
  })
})

describe('a file that is not a scenario', () => {
  const OTHERS: readonly (readonly [name: string, what: string, ...uses: string[]])[] = [
    [
      ...(['edge.conf', 'an nftables ruleset', 'nftproof diff OLD edge.conf'] as const),
      ...['nftproof explain edge.conf', 'nftproof run ID --ruleset edge.conf'],
      'firewall: edge.conf',
    ],
    ['saved.txt', 'the output of iptables-save', 'nftproof diff OLD saved.txt'],
    ['setup', 'a script', 'nftproof diff OLD setup'],
    ['paper.yaml', 'a policy for zones', 'nftproof policy show paper.yaml'],
    ['yard.yaml', 'a lab file', 'nftproof lab check yard.yaml'],
    ['found.json', 'the result of a run', 'nftproof show found.json'],
    ['listed.json', 'the JSON output of nft', 'nft list ruleset'],
    ['wish.yaml', 'a modification request', 'nftproof request review wish.yaml'],
    ['box.yaml', 'a container file', '--target container:box.yaml'],
    ['rollout.yaml', 'a declared change', '--expect rollout.yaml'],
  ]

  test('is called what it is, each of many, and the error says what it is for', () => {
    const { code, out, err } = run('run', ...OTHERS.map(([name]) => name))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    const errors = err.replace(/^nftproof: /, '').split(/\n(?=\S)/)
    expect(errors).toHaveLength(OTHERS.length)
    for (const [i, [name, what, ...uses]] of OTHERS.entries())
      for (const text of [`${name}: this is ${what}, not a scenario`, ...uses])
        expect(errors[i]).toContain(text)
  })

  test('alone is called what it is', () => {
    const { code, out, err } = run('run', 'edge.conf')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('edge.conf: this is an nftables ruleset, not a scenario')
  })

  test.each([
    ['netns:r1', /this is a target, not a scenario.*run ID --target netns:r1/],
    ['iptables:saved.txt', /this is a target, not a scenario/],
    ['edge.conf,saved.txt', /this is a target, not a scenario/],
    ['absent.nft', /unknown scenario "absent\.nft".*no file of this name exists/],
    ['nothing-in-it', /nothing-in-it: no scenarios in this folder/],
  ])('%s', (name, said) => {
    const { code, err } = run('run', name)
    expect(err).toMatch(said)
    expect(code).toBe(2)
  })

  test('an escape sequence in a name is printed escaped', () => {
    writeFileSync(join(folder, 'x\u001b[2J.nft'), FILES['edge.conf']!)
    expect(run('run', 'x\u001b[2J.nft').err).not.toContain('\u001b')
  })
})

test.each([
  [['compile', 'about.yaml']],
  [['diff', 'edge.conf', 'about.yaml']],
  [['diff', 'edge.conf', 'policy:about.yaml']],
])('%j: a scenario about a firewall is not read as a policy', (args) => {
  const { code, out, err } = run(...args)
  expect({ code, out, err }).toEqual({
    ...{ code: 2, out: '' },
    err: 'nftproof: about.yaml: is about an existing firewall: compile its policy paper.yaml instead\n',
  })
})

test.each([
  [['run', '--scenarios', 'edge.conf'], 'this is an nftables ruleset'],
  [['compile', 'edge.conf'], 'an nftables ruleset, not a policy'],
  [['policy', 'show', 'yard.yaml'], 'a lab file, not a policy'],
  [['lab', 'check', 'edge.conf'], 'an nftables ruleset, not a lab file'],
  [['request', 'review', 'paper.yaml'], 'a policy for zones, not a modification request'],
  [['show', 'edge.conf'], 'an nftables ruleset, not the result of a run'],
  [['merge', 'paper.yaml', '--no-save'], 'a policy for zones, not the result of a run'],
  [['lab', 'infer', 'found.json'], 'the result of a run, not a ruleset'],
  [['lab', 'infer', 'yard.yaml'], 'a lab file, not a ruleset'],
] as const)('%j: %s', (args, said) => {
  const { code, err } = run(...args)
  expect(err).toContain(said)
  expect(code).toBe(2)
})
