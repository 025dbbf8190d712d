/**
 * Claim: names of files, and texts within them, stay names and texts through
 * every command: no file appears, the exit code is right, and what is printed
 * and written can be parsed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { resultSchema } from '../../src/result/result-schema.ts'
import { type Ended, nftproof } from '../../tools/testing/command.ts'

/** What each hostile text would make in the working directory, if something ran it. */
const CANARY = 'made'

let folder: string
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const run = (...args: string[]): Ended => nftproof(args, { cwd: folder })

/** As it is written on a command line: a file's name that begins with a hyphen would be an option. */
const path = (name: string): string => (name.startsWith('-') ? `./${name}` : name)

const FILES = [
  ...['-x.nft', '--json', '`>made`.nft', '$(>made).nft', ";>made;'.nft", '"q".nft', 'a b.nft'],
  ...['a\nb.nft', 'a,b.nft', 'main:x.nft', 'script:x.nft', 'netns:x.nft', '%d%s.nft', '*.nft'],
  ...['|touch made', '<b>.nft', 'a\\.nft', '#.nft', '~', '{a,b}', 'é日🔥.nft', '@org', '](x)'],
  ...['\u001b[31m.nft', '\u202eabc.nft', '\u2028.nft', `${'x'.repeat(200)}.nft`],
]

/** Names of sets and comments, as far as nft takes them, and more than that where it does not matter. */
const COMMENT = "`>made` $(>made) | <script>alert(1)</script> [x](y) **b** ]]> &lt; '); @org #1"
const rules = (port: number): string => `table inet t {
  set s { type inet_service; elements = { ${port} }; comment "${COMMENT}"; }
  chain c {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "in0" oifname "out0" tcp dport @s accept comment "${COMMENT}"
  }
}
`

let before: string[]
const files = (): string[] => readdirSync(folder).sort()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  for (const name of FILES) write(name, rules(80))
  write('other.nft', rules(8080))
  write('lab.yaml', 'zones:\n  in: { link: in0 }\n  out: { link: out0 }\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(() => {
  before = files()
  return () => {
    for (const name of WRITTEN) rmSync(join(folder, name), { force: true })
    expect(files()).toEqual(before)
  }
})
/** Reports that tests ask for; their names are hostile too. */
const WRITTEN = ['`>made`.xml', '$(>made).md', '-j.xml', '-m.md']

/** Elements of a Markdown page, as a real parser reads it, raw HTML included. */
function markupOf(markdown: string): string[] {
  const html = micromark(markdown, {
    ...{ allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] },
  })
  return [...new Set(html.match(/<[a-z][^>]*>/g))].sort()
}
const PLAIN_MARKUP = [
  '<code>',
  '<h2>',
  '<p>',
  '<table>',
  '<tbody>',
  '<td align="right">',
  '<td>',
  '<th align="right">',
  '<th>',
  '<thead>',
  '<tr>',
]

/** The words of a command as it is printed, as a shell takes them apart. */
function wordsOf(command: string): string[] {
  const script = `nftproof() { printf '%s\\0' "$@"; }\n${command}`
  const { stdout, status } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout.split('\0').slice(0, -1)
}

/** Of rulesets that each name a link of their own, so that none is read in another one's place. */
const linksOf = (text: string): string[] => Object.keys(parse(text).zones)
const named = (i: number): string => rules(80).replaceAll('in0', `in${i}`)
const NAMED = FILES.map((_, i) => `in${i}`)

test('rulesets in files of all these names become one lab file', () => {
  for (const [i, name] of FILES.entries()) write(name, named(i))
  const { code, out, err } = run('lab', 'infer', ...FILES.map(path))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(linksOf(out)).toEqual(expect.arrayContaining([...NAMED, 'out0']))
  for (const name of FILES) write(name, rules(80))
})

const SELECTED = ['--quick', '--protocol', 'tcp', '--family', 'ipv4', '--ports', '80,8080']

describe.each(FILES.filter((_, i) => i % 4 === 0))('a comparison with the file %j', (name) => {
  test('is JSON, and its replay names that file to a shell', () => {
    const args = [
      'diff',
      path(name),
      'other.nft',
      '--lab',
      'lab.yaml',
      ...SELECTED,
      '--reporter',
      'json',
    ]
    const { code, out } = run(...args)
    expect(code).toBe(1)
    const { old, tables } = JSON.parse(out)
    expect(old.origin).toBe(path(name))
    const { replay } = tables.flatMap(
      ({ changes }: { changes: { replay: string }[] }) => changes,
    )[0]
    expect(wordsOf(replay).slice(0, 3)).toEqual(['diff', path(name), 'other.nft'])
    expect(out).toContain('<script>')
  })
})

const SCENARIO = (title: string, firewall: string): string =>
  [
    ...[`title: ${JSON.stringify(title)}`, `requirement: ${JSON.stringify(title)}`],
    ...[`source: ${JSON.stringify(title)}`, 'policy: policy.yaml', 'lab: lab.yaml'],
    `firewall: ${JSON.stringify(firewall)}`,
    '',
  ].join('\n')
const POLICY = `policy: p
title: ${JSON.stringify(COMMENT)}
zones: [in, out]
statements:
  - { from: in, to: out, allow: tcp/443, reason: ${JSON.stringify(COMMENT)} }
`

describe('a run', () => {
  const TITLE = `${COMMENT} \n \u001b[31m \u202e ' "`

  function ran(firewall: string, junit: string, markdown: string): Ended {
    write('policy.yaml', POLICY)
    write('`>made`.yaml', SCENARIO(TITLE, firewall))
    before = [...before, 'policy.yaml', '`>made`.yaml'].sort()
    const few = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '79-81,443', '--no-save']
    const env = { GITHUB_STEP_SUMMARY: join(folder, markdown) }
    try {
      const args = [
        'run',
        '`>made`.yaml',
        ...few,
        `--reporter=junit=${junit}`,
        '--reporter',
        'json',
      ]
      return nftproof(args, { cwd: folder, env })
    } finally {
      expect(files()).not.toContain(CANARY)
    }
  }

  test.each([
    ['`>made`.nft', '`>made`.xml', '$(>made).md'],
    ['-x.nft', '-j.xml', '-m.md'],
  ])('of the firewall %j has reports that real parsers read', (firewall, junit, markdown) => {
    try {
      const { code, out } = ran(firewall, junit, markdown)
      expect(code).toBe(1)
      const result = resultSchema.parse(JSON.parse(out))
      expect(result.scenarios[0]?.title).toBe(TITLE)
      const xml = read(junit)
      expect(XMLValidator.validate(xml)).toBe(true)
      const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml)
      expect(testsuites.testsuite['@_name']).toContain('>made')
      expect(xml).not.toMatch(/<script|[^\P{Cc}\n\t]|\u202e/u)
      // Each row of the table has the cells of its head, and none of the texts is markup.
      const table = read(markdown)
        .split('\n')
        .filter((line) => line.startsWith('| ✘'))
      expect(table.length).toBeGreaterThan(1)
      expect(markupOf(read(markdown))).toEqual(PLAIN_MARKUP)
      const replays = result.scenarios[0]!.tables.flatMap(({ rows }) =>
        rows.flatMap(({ replay }) => replay ?? []),
      )
      expect(replays.length).toBeGreaterThan(0)
      for (const replay of replays)
        expect(wordsOf(replay).slice(0, 2)).toEqual(['run', '`>made`.yaml'])
    } finally {
      for (const name of ['policy.yaml', '`>made`.yaml'])
        rmSync(join(folder, name), { force: true })
      before = before.filter((name) => name !== 'policy.yaml' && name !== '`>made`.yaml')
    }
  })
})

describe('a result of somebody else', () => {
  /** Every free text of a result becomes hostile. */
  const hostile = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return FREE.has(key) ? `${COMMENT}\n"'${value}` : value
    if (Array.isArray(value)) return value.map((one) => hostile(one, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, hostile(v, k)]))
  }
  const FREE = new Set(
    [
      'id',
      'title',
      'requirement',
      'source',
      'label',
      'from',
      'to',
      'rule',
      'chain',
      'table',
    ].concat([
      'probe',
      'replay',
      'problems',
      'reason',
      'kernel',
      'nft',
      'nftproof',
      'origin',
      'file',
    ]),
  )

  test('is shown, and written as reports that real parsers read', () => {
    write('policy.yaml', POLICY)
    write('s.yaml', SCENARIO('t', 'other.nft'))
    const few = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '443,8080', '--no-save']
    const { out } = run('run', 's.yaml', ...few, '--reporter', 'json')
    write('r.json', JSON.stringify(hostile(JSON.parse(out))))
    before = files()
    try {
      const shown = run(
        'show',
        'r.json',
        '--reporter',
        'junit=`>made`.xml',
        '--reporter',
        'markdown=$(>made).md',
      )
      expect(shown.code).toBe(1)
      const xml = read('`>made`.xml')
      expect(XMLValidator.validate(xml)).toBe(true)
      expect(xml).not.toContain('<script')
      expect(markupOf(read('$(>made).md'))).toEqual(PLAIN_MARKUP)
      const matrix = run(
        'matrix',
        '--target',
        'a=result:r.json',
        '--target',
        'b=result:r.json',
        '--reporter',
        'json',
      )
      expect(JSON.parse(matrix.out).targets.map(({ name }: { name: string }) => name)).toEqual([
        'a',
        'b',
      ])
      expect(run('merge', 'r.json', '--no-save', '--reporter', 'json').code).toBeGreaterThan(0)
    } finally {
      for (const name of ['policy.yaml', 's.yaml', 'r.json'])
        rmSync(join(folder, name), { force: true })
      before = before.filter((name) => !['policy.yaml', 's.yaml', 'r.json'].includes(name))
    }
  })
})

describe('links of a lab', () => {
  test.each([
    '`>made`',
    '$(>made)',
    ';>made;',
    '$&',
    '$`',
    "a$'b".replace("'", ''),
    '<b>|',
    '@x',
    '*a',
  ])('%j is made, traced and told', (link) => {
    const zones = { in: { link }, out: { link: 'out0' } }
    write('named.yaml', JSON.stringify({ zones }))
    before = files()
    try {
      const args = ['in', 'out', 'tcp/80', '--lab', 'named.yaml', '--reporter', 'json']
      const { code, out, err } = run('explain', 'other.nft', ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(JSON.parse(out).observation.outcome).toEqual({ kind: 'dropped' })
      // The trace has seen the packet: the tracer's own rule names the link.
      expect(JSON.stringify(JSON.parse(out))).toContain('policy drop')
    } finally {
      rmSync(join(folder, 'named.yaml'))
      before = files()
    }
  })
})

describe('a firewall in a git revision', () => {
  let repository: string
  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), 'nftproof-hostile-git-'))
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: repository,
        stdio: 'pipe',
      })
    for (const [i, name] of FILES.entries()) writeFileSync(join(repository, name), named(i))
    writeFileSync(join(repository, '.gitattributes'), '* diff=made\n')
    git('init', '-q', '-b', 'main')
    git('add', '--all')
    git('commit', '-qm', 'all')
    git('config', 'diff.made.textconv', 'touch made;:')
    git('config', 'core.fsmonitor', 'touch made;:')
  })
  afterAll(() => rmSync(repository, { recursive: true, force: true }))

  const within = (...args: string[]): Ended => nftproof(args, { cwd: repository })

  // A comma parts names on a command line, where no file of the whole name exists.
  test('is read from files of all these names', () => {
    const whole = FILES.filter((name) => !name.includes(','))
    const { code, out, err } = within('lab', 'infer', ...whole.map((name) => `main:${name}`))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const links = NAMED.filter((_, i) => whole.includes(FILES[i]!))
    expect(linksOf(out)).toEqual(expect.arrayContaining([...links, 'out0']))
    expect(readdirSync(repository)).not.toContain(CANARY)
  })

  test.each(['--output=made:x', '--textconv:x', '-Omade:x', 'main:../x', '$(touch made):x', ':x'])(
    '%s is none: exit 2, and no file is written',
    (argument) => {
      const there = readdirSync(repository)
      writeFileSync(join(repository, 's.yaml'), SCENARIO('t', argument))
      writeFileSync(join(repository, 'policy.yaml'), POLICY)
      writeFileSync(join(repository, 'lab.yaml'), read('lab.yaml'))
      expect(within('run', 's.yaml', '--no-save').code).toBe(2)
      expect(within('diff', '--', argument, 'a b.nft').code).toBe(2)
      for (const name of ['s.yaml', 'policy.yaml', 'lab.yaml']) rmSync(join(repository, name))
      expect(readdirSync(repository)).toEqual(there)
    },
  )
})

describe('rules of iptables', () => {
  const saved = (line: string): string => `*filter\n:INPUT ACCEPT [0:0]\n${line}\nCOMMIT\n`

  beforeAll(() => {
    write('program', `#!/bin/sh\ntouch ${join(folder, CANARY)}\n`)
    chmodSync(join(folder, 'program'), 0o755)
  })

  const COMMANDS = [
    ['lab', 'infer', 'iptables:v4.rules'],
    ['diff', 'iptables:v4.rules', 'other.nft', '--quick'],
    ['diff', 'iptables-legacy:v4.rules', 'other.nft', '--quick'],
    ['explain', 'iptables:v4.rules', 'outside', 'firewall', 'tcp/22'],
  ]
  test.each([
    ['--modprobe=', COMMANDS],
    ...['--modprobe ', '--mo=', '-M ', '-M', '-nM '].map(
      (option) => [option, COMMANDS.slice(0, 1)] as const,
    ),
  ] as const)('run no program by the option %j', (option, commands) => {
    write('v4.rules', saved(`-A INPUT ${option}${join(folder, 'program')} -p tcp -m tcp -j DROP`))
    before = files()
    try {
      for (const args of commands) {
        const { code, err } = run(...args)
        expect(err).toMatch(/v4\.rules:3:10: option -.*would run a program/)
        expect(code).toBe(2)
      }
    } finally {
      rmSync(join(folder, 'v4.rules'))
      before = files()
    }
  })

  test('with hostile comments are loaded, and shown', () => {
    const comment = '`>made` $(>made) | <b> \\" -M --modprobe=x'
    write(
      'v4.rules',
      saved(`-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "${comment}" -j DROP`),
    )
    before = files()
    try {
      const args = ['outside', 'firewall', 'tcp/22', '--reporter', 'json']
      const { code, out, err } = run('explain', 'iptables:v4.rules', ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(JSON.parse(out).observation.outcome.kind).toBe('dropped')
    } finally {
      rmSync(join(folder, 'v4.rules'))
      before = files()
    }
  })
})
