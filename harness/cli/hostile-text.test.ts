/** Claim: no text from outside acts on the terminal, whichever command it goes through. Nothing is measured here. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BLOCKED, OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import type { Result } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import {
  expectSafe,
  FORGED,
  HOSTILE,
  HOSTILE_LINE,
  inQuotes,
  LOOKS,
} from '../../tools/testing/hostile-text.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { resultText } from '../output/result-store.ts'
import { ownVersion } from '../output/versions.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

const Q = inQuotes(HOSTILE)
const POLICY = join(SCENARIOS, 'policies/zerops.yaml')

type Case = readonly [what: string, args: () => readonly string[], env?: Environment]
type Environment = Readonly<Record<string, string>>
interface Wanted {
  readonly looks?: readonly (typeof LOOKS)[number][]
  /** Where the input is right. */
  readonly code?: number
}

/** Each must say something. With colours some codes are let through, so that more can go wrong. */
function safeFor(cases: readonly Case[], { looks = LOOKS.slice(1), code }: Wanted = {}): void {
  describe.each(looks)('%s', (look, colours) => {
    const all = cases.map(([what, args, env = {}]) => [what, args, env] as const)
    test.each(all)('%s', (_, args, env) => {
      const ended = nftproof(args(), { cwd: folder, env: { ...colours, ...env } })
      expect(`${ended.out}${ended.err}`).not.toBe('')
      expect(ended.err).not.toContain('this is a bug')
      if (code !== undefined) expect(ended).toMatchObject({ code })
      expectSafe(ended, look === 'with colours')
    })
  })
}

describe('arguments', () => {
  safeFor([
    ['an unknown command', () => [HOSTILE]],
    ['an unknown option that is like a known one', () => ['run', `--quie${HOSTILE}`]],
    ['an option with a value', () => ['run', `--${HOSTILE}=${HOSTILE}`]],
    ['too many arguments', () => ['doctor', HOSTILE]],
    ['a choice that there is not', () => ['run', '--run-in', HOSTILE]],
    ['a value of an option', () => ['run', '--ports', HOSTILE]],
    ['a scenario', () => ['run', HOSTILE]],
    ['a ruleset', () => ['run', '--bundled', 'default-egress', '--ruleset', HOSTILE]],
    ['a zone', () => ['run', '--bundled', 'default-egress', '--from', HOSTILE]],
    ['a named place', () => ['matrix', '--target', `${HOSTILE}=here`]],
    ['a result', () => ['show', HOSTILE]],
    ['results', () => ['merge', HOSTILE]],
    ['a policy', () => ['policy', 'show', HOSTILE]],
    ['a link', () => ['compile', POLICY, '--project', `shop=${HOSTILE},10.0.0.0/8`]],
    ['a request', () => ['request', 'review', HOSTILE]],
    ['a platform', () => ['request', 'list', '--platform', HOSTILE]],
    ['a firewall', () => ['lab', 'infer', HOSTILE]],
    ['a firewall in a revision', () => ['lab', 'infer', `${HOSTILE}:${HOSTILE}`]],
    ['a container', () => ['lab', 'infer', `image:${HOSTILE}`]],
    ['a lab', () => ['lab', 'check', HOSTILE]],
    ['a file that cannot be written', () => ['show', good(), '--reporter', `junit=${HOSTILE}/x`]],
    ['a folder of results', () => ['merge', good(), '--out', `${good()}/${HOSTILE}`]],
    ['limits', () => ['lab', 'infer', 'HEAD:x'], { NFTPROOF_TIME_LIMITS: HOSTILE }],
  ])
})

describe('names of files that are there', () => {
  const named = (end: string, text: string) => (): string =>
    file(`${HOSTILE.replaceAll('/', '')}${end}`, text)
  const yaml = named('.yaml', 'a: [')
  safeFor([
    ['a policy', () => ['policy', 'show', yaml()]],
    ['a request', () => ['request', 'review', yaml()]],
    ['a good lab', () => ['lab', 'check', named('.lab.yaml', LAB)()]],
    ['a good policy', () => ['policy', 'show', named('.policy.yaml', ZONES)()]],
    ['a result', () => ['show', named('.json', '{')()]],
    ['an empty firewall', () => ['lab', 'infer', named('.nft', '')()]],
    ['a firewall', () => ['lab', 'infer', named('.rules.nft', RULES)()]],
    ['one of several in a folder', () => ['run', '--scenarios', folderOf(yaml())]],
  ])
})

const LAB = 'zones:\n  lan: { link: lan0, addresses: [10.0.0.10/24] }\n'
const ZONES = `policy: paper\ntitle: t\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/22 }\notherwise: blocked\n`
const RULES = `table inet t {\n chain c {\n type filter hook forward priority 0; policy drop;\n iifname "lan0" accept comment "${HOSTILE_LINE}"\n }\n}\n`

describe('what files hold', () => {
  const holding = (text: string, end = 'yaml') => file(`given.${end}`, text)
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ['a policy', ['policy', 'show']],
    ['a scenario', ['run']],
    ['a request', ['request', 'review']],
    ['a lab', ['lab', 'check']],
    ['a firewall', ['lab', 'infer']],
    ['a result', ['show']],
  ]
  const texts: readonly (readonly [string, string])[] = [
    ['a key', `${Q}: 1\n`],
    ['a key twice', `${Q}: 1\n${Q}: 2\n`],
    ['a value of the wrong kind', `policy: ${Q}\nzones: ${Q}\ntitle: [${Q}]\n`],
    ['a tag and an anchor', `a: !${HOSTILE_LINE} &${HOSTILE_LINE} b\nc: *${HOSTILE_LINE}\n`],
    ['a key that is a list', `? [${Q}]\n: {${Q}: ${Q}}\n`],
    ['what is no YAML', `- a: ${HOSTILE_LINE}\n b: "${HOSTILE}\n`],
    ['raw text', `${HOSTILE}\n`],
    ['zones', `zones: { ${Q}: { link: ${Q}, addresses: [${Q}] } }\n`],
    [
      'a request',
      `request: ${Q}\nproject: ${Q}\norganization: ${Q}\nuseCase: ${Q}\nports: { tcp: ${Q} }\nrequested: ${Q}\n`,
    ],
    [
      'a policy',
      `policy: ${Q}\ntitle: ${Q}\nsource: ${Q}\ntcp: { allow: [{ ports: ${Q}, reason: ${Q} }], ${Q}: 1 }\n`,
    ],
    [
      'a scenario',
      `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${Q}\nprojects: { ${Q}: { link: ${Q} } }\nsweeps: [{ from: ${Q}, to: ${Q} }]\n`,
    ],
    [
      'a claim',
      `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${Q}\nfirewall: ${Q}\nlab: ${Q}\n`,
    ],
  ]
  // Every kind of file is read by the same reader: all texts in one kind, and each kind with the first.
  safeFor([
    ...kinds.map(([kind, command]): Case => [kind, () => [...command, holding(texts[0]![1])]]),
    ...texts.slice(1).map(([what, text]): Case => [what, () => ['policy', 'show', holding(text)]]),
    ['a lab with hostile zones', () => ['lab', 'check', holding(textOf('zones'))]],
    ['a hostile request', () => ['request', 'review', holding(textOf('a request'))]],
    ['a hostile scenario', () => ['run', holding(textOf('a scenario'))]],
    ['a hostile claim', () => ['run', holding(textOf('a claim'))]],
  ])
  const textOf = (name: string): string => texts.find(([what]) => what === name)![1]

  describe('and are right otherwise', () => {
    safeFor(
      [
        [
          'a title, in a list',
          () => [
            'run',
            '--list',
            // The policy lies outside of the file's folder.
            ...['--root', '/'],
            file(
              'titled.yaml',
              `title: ${Q}\nrequirement: ${Q}\nsource: ${Q}\npolicy: ${POLICY}\nprojects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }\nsweeps: [{ from: shop, to: internet }]\n`,
            ),
          ],
        ],
        [
          'a policy for zones',
          () => ['policy', 'show', holding(ZONES.replace('title: t', `title: ${Q}\nsource: ${Q}`))],
        ],
        [
          'JSON of it',
          () => [
            'policy',
            'show',
            '--reporter',
            'json',
            holding(ZONES.replace('title: t', `title: ${Q}\nsource: ${Q}`)),
          ],
        ],
        ['a firewall, inferred', () => ['lab', 'infer', holding(RULES, 'nft')]],
      ],
      { code: 0 },
    )

    test('JSON is the same data', () => {
      const { out } = nftproof(
        ['policy', 'show', '--reporter', 'json', holding(ZONES.replace('title: t', `title: ${Q}`))],
        { cwd: folder },
      )
      expect(JSON.parse(out).title.replaceAll(/\s+/g, ' ')).toBe(HOSTILE.replaceAll(/\s+/g, ' '))
    })
  })
})

/** A result in which every text is hostile. */
function hostileResult(more: Partial<Result> = {}): Result {
  const step = { table: HOSTILE, chain: HOSTILE, rule: HOSTILE, verdict: HOSTILE }
  const clause = { label: HOSTILE, at: { file: HOSTILE, line: 1, column: 1 } }
  const wrong = {
    ...row(22, 22, { ...BLOCKED, clause }, { kind: 'open' }, 'mismatch'),
    replay: `nftproof run ${HOSTILE}`,
    evidence: { number: 22, probe: HOSTILE, trace: [{ ...step, at: { file: HOSTILE, line: 1 } }] },
  } as const
  const doubt = row(
    23,
    23,
    { ...OPEN, clause },
    { kind: 'inconclusive', reason: HOSTILE },
    'unknown',
  )
  const one = scenario([table([wrong, doubt], { from: HOSTILE, to: HOSTILE })], {
    ...{ id: HOSTILE, title: HOSTILE, requirement: HOSTILE, source: HOSTILE, status: 'mismatch' },
    problems: [HOSTILE],
    notMeasured: [{ cause: 'environment', reason: HOSTILE }],
  })
  return result([one, { ...one, id: `b${HOSTILE}`, notes: [HOSTILE] }], {
    status: 'mismatch',
    id: HOSTILE,
    ...more,
  })
}

const good = (): string =>
  file('good.json', resultText(result([scenario([table([row(22, 22, OPEN, { kind: 'open' })])])])))

/** One of two shards, of a version that is not ours where one is named. */
function shard(index: number, version = ownVersion()): string {
  const none = { controls: [], sourcePorts: [], handshakes: [], flows: [], problems: [] }
  const id = `s${index}${HOSTILE}`
  const own = scenario([table([row(22, 22, OPEN, { kind: 'open' })])], { id, title: HOSTILE })
  const made = result([own], {
    id: HOSTILE,
    versions: { nftproof: version, node: HOSTILE, kernel: HOSTILE, nft: HOSTILE },
    shard: {
      index,
      count: 3,
      plan: { parts: 2, scenarios: HOSTILE, days: [HOSTILE], options: HOSTILE, split: HOSTILE },
      parts: [{ part: index - 1, scenario: id }],
      order: [{ scenario: id, ...none, tables: [0] }],
    },
  })
  return file(`shard-${index}.json`, resultText(made))
}

describe('results that somebody else made', () => {
  const made = () => file('hostile.json', resultText(hostileResult()))
  safeFor(
    [
      ['shown', () => ['show', made()]],
      ['shown quietly', () => ['show', '--quiet', made()]],
      ['merged', () => ['merge', '--no-save', shard(1), shard(2)]],
      [
        'in a matrix',
        () => [
          'matrix',
          '--target',
          `a=result:${made()}`,
          '--target',
          `b${HOSTILE_LINE}=result:${good()}`,
        ],
      ],
    ],
    { looks: LOOKS },
  )
  safeFor([
    ['as JSON', () => ['show', '--reporter', 'json', made()]],
    ['merged, of other versions', () => ['merge', '--no-save', shard(1), shard(2, HOSTILE)]],
    ['merged, and none is a shard', () => ['merge', '--no-save', made(), good()]],
    ['in a folder by that name', () => ['merge', '--no-save', inFolder()]],
    [
      'of another format',
      () => [
        'show',
        file('other.json', JSON.stringify({ ...hostileResult(), [HOSTILE]: HOSTILE })),
      ],
    ],
    [
      'of other scenarios',
      () => [
        'show',
        file('other.json', JSON.stringify({ ...result([]), scenarios: [{ [HOSTILE]: HOSTILE }] })),
      ],
    ],
    [
      'that are cut short',
      () => [
        'show',
        file(
          'cut.json',
          `{"format": "nftproof-result", "id": ${JSON.stringify(HOSTILE)}, ${HOSTILE}`,
        ),
      ],
    ],
    [
      'in a matrix, as JSON',
      () => [
        'matrix',
        '--reporter',
        'json',
        '--target',
        `a=result:${made()}`,
        '--target',
        `b=result:${good()}`,
      ],
    ],
  ])

  test('as JSON they are the same data', () => {
    const { out } = nftproof(['show', '--reporter', 'json', made()], { cwd: folder })
    expect(JSON.parse(out)).toEqual(JSON.parse(resultText(hostileResult())))
  })

  test('shown, the text is there to be read', () => {
    const { out } = nftproof(['show', made()], { cwd: folder })
    expect(out).toContain('\\x1b[31;1mb')
    expect(out).toContain('\\u{202e}d\\u{2066}e')
    expect(out).toContain(FORGED)
  })
})

function folderOf(name: string): string {
  const own = join(folder, 'one')
  mkdirSync(own, { recursive: true })
  renameSync(join(folder, name), join(own, name))
  return own
}

function inFolder(): string {
  const name = HOSTILE.replaceAll('/', '')
  mkdirSync(join(folder, name), { recursive: true })
  return name
}

describe('what Node itself would print', () => {
  /** Code that runs in the command's own process, when it has nothing more to do. */
  const inside = (code: string): Environment => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.once('beforeExit', () => { ${code} })`)}`,
  })
  const words = JSON.stringify(HOSTILE)

  test.each([
    ['a warning of a library', `process.emitWarning(${words})`, {}, /nftproof: Warning: a\\x1b/],
    ['an error that nobody expects', `throw new Error(${words})`, {}, /this is a bug: a\\x1b/],
    ['its stack', `throw new Error(${words})`, { NFTPROOF_DEBUG: '1' }, /\n +Error: a\\x1b/],
    ['what is no error', `Promise.reject(${words})`, {}, /this is a bug: a\\x1b/],
  ] as const)('%s', (_, code, env, said) => {
    const ended = nftproof(['show', good()], { cwd: folder, env: { ...env, ...inside(code) } })
    expect(ended.err).toMatch(said)
    expectSafe(ended, false)
  })
})

describe('what the machine of --run-in vagrant prints', () => {
  /** A folder whose vagrant says this and ends so, where it is asked for `verb`. */
  const answering = (verb: string, code: number): string => {
    file('Vagrantfile', '')
    file('said', `\u001b[32m✔\u001b[39m ${HOSTILE}\n`)
    const bin = join(folder, `bin-${verb}`)
    mkdirSync(bin, { recursive: true })
    const script = `#!/bin/sh\nif [ "$1" = ${verb} ]; then cat said; cat said >&2; exit ${code}; fi\n`
    writeFileSync(join(bin, 'vagrant'), script, { mode: 0o755 })
    return `${bin}:${process.env.PATH}`
  }
  const RUN = ['run', '--run-in', 'vagrant', '--no-save']

  test.each(LOOKS)('%s', (look, colours) => {
    const env = { ...colours, PATH: answering('ssh', 1) }
    const ended = nftproof(RUN, { cwd: folder, env })
    expect(ended.code).toBe(1)
    for (const text of [ended.out, ended.err])
      expect(text).toMatch(/✔\S* a\\x1b\[31;1mb[^\n]*\nFORGED\n\\x3a:error::x\n/)
    expectSafe(
      { ...ended, out: atSpaces(ended.out), err: atSpaces(ended.err) },
      look === 'with colours',
    )
  })

  /** Whole lines are handed on: there, another machine's words are all that is printed. */
  const atSpaces = (text: string): string => text.replaceAll(`\n${FORGED}`, `\n ${FORGED}`)

  test('and what Vagrant itself says', () => {
    const ended = nftproof(RUN, { cwd: folder, env: { PATH: answering('up', 1) } })
    expect(ended.err).toContain('vagrant up default failed: see above')
    expectSafe(ended, false)
  })
})
