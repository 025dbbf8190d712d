/**
 * Claim: whatever links, chains and the namespace itself are called, a namespace
 * that exists is measured and given back, and no name becomes a command.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { linkNameProblem } from '../../src/lab/link-name.ts'
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

/** Measured one by one; the others all at once. */
const ONE_BY_ONE = ['`>$C`', '$(>$C)', ';>$C;', '$&', '<b>', 'é`>$C`']

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

/** One end of a pair, whose other end is in the same namespace. */
const addLink = (of: string, name: string | Buffer, i: number): void => {
  const pair = ['link', 'add', 'dev', name as string, 'type', 'veth', 'peer', 'name', `p${i}`]
  inside(of, 'ip', pair)
  inside(of, 'ip', ['link', 'set', 'dev', name as string, 'up'])
  inside(of, 'ip', ['link', 'set', 'dev', `p${i}`, 'up'])
}

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

/** A zone for each of two links, in a lab file of its own. */
function labOf(a: string, b: string): string {
  const zone = (link: string, address: string) => ({ link, addresses: [address] })
  const zones = { a: zone(a, '10.1.0.10/24'), b: zone(b, '10.2.0.10/24') }
  writeFileSync(join(folder, 'lab.yaml'), JSON.stringify({ zones }))
  return 'lab.yaml'
}

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
    for (const [i, link] of [...NAMES, ...NOT_FOR_LABS].entries()) addLink(name, link, i)
    inside(name, 'nft', ['-f', '-'], RULES)
  })

  test.each(ONE_BY_ONE)('called %j is measured and restored', (link) => {
    const before = everything(name)
    const { code, out, err } = explain(name, labOf(link, NAMES[link === NAMES[0] ? 1 : 0]!))
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
    for (const [i, link] of NAMES.entries()) {
      addLink(own, link, i)
      inside(own, 'ip', ['addr', 'add', `10.${i}.0.1/24`, 'dev', link])
    }
    const args = ['--quick', '--protocol', 'tcp', '--family', 'ipv4', '--ports', '80']
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
    const { format, problems } = JSON.parse(out)
    expect({ format, problems }).toEqual({ format: 'nftproof-diff', problems: [] })
    // Not all pairs of so many links are within the budget of a quick comparison.
    expect([0, 3]).toContain(code)
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

  test.each(NOT_FOR_LABS)('called %j disturbs nothing, and is refused in a lab', (link) => {
    const { code, err } = explain(name, labOf(NAMES[0]!, link))
    expect(code).toBe(2)
    expect(err).toMatch(/lab\.yaml:1:\d+: link /)
  })

  test('with any name that the kernel accepts is measured or refused', () => {
    const own = namespace(`nftproof-j${MARK}`)
    const links = [...new Set(fc.sample(hostileLink(), 60))].filter((link) => !/^p\d/.test(link))
    inside(own, 'sh', ['-c', QUIET])
    for (const [i, link] of links.entries()) addLink(own, link, i)
    const good = links.filter((link) => linkNameProblem(link) === undefined)
    expect(good.slice(1, 4)).toHaveLength(3)
    for (const link of good.slice(1, 4)) {
      const { code, err } = explain(own, labOf(link, good[0]!))
      expect({ link, code, err }).toEqual({ link, code: 0, err: '' })
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
  const CALLED = [
    '`>$C`',
    '$(>$C)',
    ';>$C;',
    'a b',
    "it's",
    '"',
    '#',
    '%d',
    '-x',
    '*',
    '\u202ex',
    'a\\nb',
  ].map((text) => `${text}${MARK}`)

  test.each(CALLED)('called %j is found and measured', (name) => {
    namespace(name)
    const { code, err } = explain(name, labOf('a0', 'b0'))
    // Nothing is forwarded there, and both links are the lab's own.
    expect(err).toBe('')
    expect(code).toBe(0)
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
