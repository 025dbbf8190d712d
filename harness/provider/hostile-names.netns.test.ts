/**
 * Claim: whatever links, chains and the namespace itself are called, a namespace
 * that exists is measured and given back, and no name becomes a command.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { linkNameProblem } from '../../src/lab/link-name.ts'
import { diffSchema } from '../../src/result/diff-schema.ts'
import { type Ended, nftproof, startHeld } from '../../tools/testing/command.ts'
import { Hold } from '../../tools/testing/held.ts'
import { hostileLink } from '../../tools/testing/hostile.ts'
import { PATIENCE } from '../../tools/testing/mark.ts'

const MARK = `${process.pid}`

// A redirection makes the file, and a variable brings the slashes that no link may have.
const CANARY = 'C'
/** The kernel takes all of these, and a lab can have them. */
const NAMES = [
  ...['`>$C`', '$(>$C)', ';>$C;', '|>$C', '&>$C&', '`>$C`;x', '||>$C', '<(>$C)', '>$C', '*', '[a]'],
  ...['$C', '~', '!!', '{a,b}', '?', '=', '+x', '$&', '$`', '<b>', 'é`>$C`', '日本'],
].filter((name) => linkNameProblem(name) === undefined)

/** Each is measured with its partner alone; all others at once. */
const PAIRS = [
  ['`>$C`', '$(>$C)'],
  [';>$C;', '$&'],
  ['<b>', 'é`>$C`'],
] as const

/** These exist as well, and a lab cannot have them. */
const NOT_FOR_LABS = [
  'a"b',
  "it's",
  'a#b',
  '#',
  '-x',
  '--help',
  'eth*',
  'a\\',
  '\u001b[31m',
  '\u202eab',
]

let folder: string
let canary: string
let temporary: string
const made: string[] = []

function namespace(name: string): string {
  execFileSync('ip', ['netns', 'add', name])
  made.push(name)
  inside(name, 'ip', ['link', 'set', 'lo', 'up'])
  return name
}

function inside(name: string, program: string, args: readonly string[], input = ''): string {
  const command = [`--net=/run/netns/${name}`, program, ...args]
  return execFileSync('nsenter', command, { encoding: 'utf8', input, maxBuffer: 64 << 20 })
}

const ADD = `i=0; for l do ip link add dev "$l" type veth peer name p$i; i=$((i + 1)); done
ip link set group default up`

/** Each is one end of a pair, whose other end is in the same namespace. */
const addLinks = (of: string, links: readonly string[]): void =>
  void inside(of, 'sh', ['-e', '-c', ADD, 'sh', ...links])

// No address of IPv6, which would be tentative for a time.
const QUIET =
  'cd /proc/sys/net; echo 1 > ipv4/ip_forward; cd ipv6/conf; echo 1 > all/disable_ipv6; echo 1 > default/disable_ipv6'

const RULES = `table inet t {
  chain c {
    type filter hook forward priority 0; policy accept;
    counter packets 5 bytes 300
  }
}
`

/** Every byte that a plug could leave changed. */
const everything = (of: string): string =>
  inside(of, 'sh', [
    '-c',
    `nft list ruleset; for s in addr "-4 route show table all" "-6 route show table all" rule; do ip $s; done
     ip neigh show nud permanent; tc qdisc; grep -rs . /proc/sys/net | grep -vE 'nf_conntrack_(count|max|buckets|expect_max)' | sort`,
  ]).replaceAll(/valid_lft \d+sec preferred_lft \d+sec/g, '')

function run(args: readonly string[]): Ended {
  return nftproof(args, { cwd: folder, env: { [CANARY]: canary } })
}

/** The zones a, b and so on, one for each link, in a lab file of its own. */
function labOf(...links: readonly string[]): string {
  const zones = Object.fromEntries(
    links.map((link, i) => [zoneOf(i), { link, addresses: [`10.${i + 1}.0.10/24`] }]),
  )
  writeFileSync(join(folder, 'lab.yaml'), JSON.stringify({ zones }))
  return 'lab.yaml'
}

const zoneOf = (i: number): string => (i < 2 ? 'ab'[i]! : `z${i}`)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-names-'))
  temporary = mkdtempSync(join(tmpdir(), 'nftproof-names-tmp-'))
  vi.stubEnv('TMPDIR', temporary)
  canary = join(folder, 'canary')
})
afterAll(() => {
  for (const name of made) rmNamespace(name)
  for (const one of [folder, temporary]) rmSync(one, { recursive: true, force: true })
})
const rmNamespace = (name: string): void => void spawnSync('ip', ['netns', 'del', name])

beforeEach(() => () => {
  expect(existsSync(canary)).toBe(false)
  expect(readdirSync(folder).filter((name) => !name.endsWith('.yaml'))).toEqual([])
  // What is to be given back lies there until it is.
  expect(readdirSync(temporary).filter((name) => name.startsWith('nftproof-netns-'))).toEqual([])
})

const explain = (of: string, lab: string): Ended =>
  run(['explain', `netns:${of}`, 'a', 'b', 'tcp/80', '--lab', lab, '--reporter', 'json'])

describe('an interface', () => {
  let name: string
  beforeAll(() => {
    name = namespace(`nftproof-h${MARK}`)
    inside(name, 'sh', ['-c', QUIET])
    addLinks(name, [...NAMES, ...NOT_FOR_LABS])
    inside(name, 'nft', ['-f', '-'], RULES)
  })

  test.each(PAIRS)('called %j, and one called %j, are measured and restored', (one, other) => {
    const before = everything(name)
    const { code, out, err } = explain(name, labOf(one, other))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { observation, tested } = JSON.parse(out)
    expect(observation.outcome).toEqual({ kind: 'open' })
    const sha256 = hash('sha256', inside(name, 'nft', ['-s', 'list', 'ruleset']), 'hex')
    expect(tested.firewalls).toEqual([{ origin: `netns:${name}`, what: 'listing', sha256 }])
    expect(everything(name)).toBe(before)
  })

  test('of each name that a lab can have is measured without a lab file', () => {
    const own = namespace(`nftproof-i${MARK}`)
    inside(own, 'sh', ['-c', QUIET])
    addLinks(own, NAMES)
    for (const [i, link] of NAMES.entries())
      inside(own, 'ip', ['addr', 'add', `10.${i}.0.1/24`, 'dev', link])
    const args = ['--quick', '--protocol', 'tcp', '--family', 'ipv4', '--to', 'firewall']
    writeFileSync(join(folder, 'rules.yaml'), '# no rules\n')
    const before = everything(own)
    const { code, out } = run([
      'diff',
      `netns:${own}`,
      'nft:rules.yaml',
      ...args,
      '--reporter',
      'json',
    ])
    const { coverage, problems } = diffSchema.parse(JSON.parse(out))
    expect({ code, problems }).toEqual({ code: 0, problems: [] })
    expect(coverage).toMatchObject({ paths: NAMES.length, probed: coverage.combinations })
    expect(everything(own)).toBe(before)
  })

  test('is restored after SIGKILL', async () => {
    const before = everything(name)
    const lab = join(folder, labOf(NAMES[0]!, NAMES[1]!))
    const hold = new Hold('attempt done in an existing namespace')
    try {
      const args = ['explain', `netns:${name}`, 'a', 'b', 'tcp/80', '--lab', lab]
      const { child, ended } = await startHeld(hold, args, { env: { [CANARY]: canary } })
      expect(everything(name)).not.toBe(before)
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
    } finally {
      hold.release()
    }
    await expect.poll(() => readdirSync(temporary), PATIENCE).toEqual([])
    expect(everything(name)).toBe(before)
  })

  /** The columns of the lab file that an error names. */
  const refused = (err: string): number[] =>
    [...err.matchAll(/lab\.yaml:1:(\d+): link /g)].map(([, column]) => Number(column))
  test('of each name that a lab cannot have disturbs nothing, and is refused in a lab', () => {
    const { code, err } = explain(name, labOf(NAMES[0]!, ...NOT_FOR_LABS))
    expect(code).toBe(2)
    const text = readFileSync(join(folder, 'lab.yaml'), 'utf8')
    const columns = NOT_FOR_LABS.map((link) => text.indexOf(JSON.stringify(link)) + 1)
    expect(refused(err)).toEqual(columns)
  })

  test('with any name that the kernel accepts is measured or refused', () => {
    const own = namespace(`nftproof-j${MARK}`)
    const links = [...new Set(fc.sample(hostileLink(), 60))].filter((link) => !/^p\d/.test(link))
    inside(own, 'sh', ['-c', QUIET])
    addLinks(own, links)
    const good = links.filter((link) => linkNameProblem(link) === undefined).slice(0, 4)
    expect(good).toHaveLength(4)
    for (const [one, other] of [good.slice(0, 2), good.slice(2)] as [string, string][]) {
      const { code, err } = explain(own, labOf(one, other))
      expect({ one, other, code, err }).toEqual({ one, other, code: 0, err: '' })
    }
    const bad = links.filter((link) => linkNameProblem(link) !== undefined)
    for (const link of bad.slice(0, 3)) expect(explain(own, labOf(link, good[0]!)).code).toBe(2)
  })

  test('whose name is not text is refused with its bytes', () => {
    const own = namespace(`nftproof-k${MARK}`)
    inside(own, 'sh', ['-c', `ip link add dev "$(printf 'a\\377')" type veth peer name p0`])
    const { code, err } = run(['explain', `netns:${own}`, 'p0', 'firewall', 'tcp/80'])
    expect(code).toBe(2)
    expect(err).toMatch(/interface/)
  })
})

describe('a namespace', () => {
  const marked = (text: string): string => `${text}${MARK}`

  test.each([
    ['`>$C`', '$(>$C)'],
    [';>$C;', 'a b'],
    ["it's", '"'],
    ['#', '%d'],
    ['-x', '*'],
    ['\u202ex', 'a\\nb'],
  ])('called %j, and one called %j, are found and measured', (...texts) => {
    const names = texts.map(marked).map(namespace)
    const firewalls = names.map((name) => `netns:${name}`)
    const args = ['--quick', '--protocol', 'tcp', '--family', 'ipv4', '--from', 'a', '--to', 'b']
    const lab = ['--lab', labOf('a0', 'b0'), '--reporter', 'json']
    const { code, out } = run(['diff', ...firewalls, ...args, ...lab])
    // Nothing is forwarded there, and both links are the lab's own.
    const { coverage, problems } = diffSchema.parse(JSON.parse(out))
    expect({ code, problems }).toEqual({ code: 0, problems: [] })
    expect(coverage).toMatchObject({ paths: 1, probed: 1 })
  })

  test.each(['..', '.', '../../proc/1/ns/net', 'a/b', '/proc/self/ns/net'])(
    'called %j is refused',
    (name) => {
      const { code, err } = explain(name, labOf('a0', 'b0'))
      expect(code).toBe(2)
      expect(err).toMatch(/not a path|this machine's own/)
    },
  )
})

describe('names in an existing ruleset', () => {
  const JSON_RULES = (chain: string, comment: string): string =>
    JSON.stringify({
      nftables: [
        { add: { table: { family: 'inet', name: 't' } } },
        { add: { chain: { family: 'inet', table: 't', name: chain } } },
        {
          add: {
            rule: { family: 'inet', table: 't', chain, comment, expr: [{ counter: null }] },
          },
        },
      ],
    })

  test.each([
    ['c', 'x" ; include "/etc/passwd'],
    ['c; include "/etc/passwd"', 'plain'],
    ['a b', 'plain'],
    ['c { }', 'plain'],
  ])('%j with the comment %j is restored as the same text', (chain, comment) => {
    const own = namespace(`nftproof-l${MARK}-${made.length}`)
    const file = join(temporary, 'rules.json')
    writeFileSync(file, JSON_RULES(chain, comment))
    inside(own, 'nft', ['-j', '-f', file])
    const before = everything(own)
    const { code, err } = explain(own, labOf('a0', 'b0'))
    expect(err).toMatch(/its counters could not be restored afterwards/)
    expect(code).toBe(3)
    expect(everything(own)).toBe(before)
  })
})
