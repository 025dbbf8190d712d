/** An existing netns is attached to, swept, and restored byte for byte, however the command ends. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { nftproof, startHeld } from '../../tools/testing/command.ts'
import { Hold } from '../../tools/testing/held.ts'
import { PATIENCE } from '../../tools/testing/mark.ts'
import { Router } from '../../tools/testing/router.ts'
import { RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'

const QUICK = ['--quiet', '--no-save', '--ports', '20-30,440-450,1020-1030']
const RUN = ['run', 'default-egress', ...QUICK]
const MARK = `${process.pid}`
const COUNTED = RIGHT.tcp.replace(
  'th dport 0-1024 drop',
  'th dport 0-1024 counter packets 5 bytes 300 drop',
)

let router: Router
/** No link but lo: the lab creates the links that it needs. */
let bare: string
/** Temporary files of the commands that are started here, and of no others. */
let temporary: string

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'nftproof-netns-'))
  vi.stubEnv('TMPDIR', temporary)
  router = new Router(`nftproof-t${MARK}`)
  bare = `nftproof-u${MARK}`
  spawnSync('ip', ['netns', 'add', bare])
})

afterAll(() => {
  router.remove()
  spawnSync('ip', ['netns', 'del', bare])
  rmSync(temporary, { recursive: true, force: true })
})

beforeEach(() => {
  // Neighbours whose state moves by itself, and who are asked for again later.
  for (const of of ['', '-a', '-b']) router.inside('ip', ['neigh', 'flush', 'all'], '', of)
  router.load(`flush ruleset\n${rulesetOf({ ...RIGHT, tcp: COUNTED })}`)
})

/** What is to be given back lies in a folder until it is. */
const guards = (): string[] =>
  readdirSync(temporary).filter((name) => name.startsWith('nftproof-netns-'))

describe('a router with its own interfaces', () => {
  test('conforms and is restored: rules, counters, addresses, routes, neighbours, settings', () => {
    const before = router.everything()
    expect(before).toContain('counter packets 5 bytes 300')
    const { code, out, err } = nftproof([...RUN, '--target', `netns:${router.name}`])
    expect({ code, err: err.replace(/.*warning.*\n/, '') }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/✔ 1 scenario conforms/)
    expect(router.everything()).toBe(before)
    expect(guards()).toEqual([])
  })

  test('shows a seeded fault, with the rule and a replay command that names the namespace', () => {
    const first = 'iifname "shop0" tcp dport 25 accept'
    router.load(`flush ruleset\n${rulesetOf({ ...RIGHT, first })}`)
    const { code, out } = nftproof([...RUN, '--target', `netns:${router.name}`, '--family', 'ipv4'])
    expect(code).toBe(1)
    expect(out).toMatch(/25 .*blocked .*OPEN/)
    expect(out).toContain(
      `--target netns:${router.name} default-egress --family ipv4 --protocol tcp --ports 25`,
    )
    expect(out).toContain('iifname "shop0" tcp dport 25 accept')
  })

  test('keeps the flows of others, and their packets arrive', () => {
    const heard =
      'table ip heard { chain c { type filter hook input priority 0; udp dport 53 ip saddr 10.20.1.20 counter; }; }'
    router.inside('nft', [heard], '', '-b')
    // A flow of somebody's that a flush of all flows would forget, and that does not end by itself.
    router.inside('sh', ['-c', 'echo 86400 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout'])
    router.inside('bash', ['-c', 'echo hello > /dev/udp/203.0.113.20/53'], '', '-a')
    const flows = (): string =>
      router.inside('sh', [
        '-c',
        'cat /proc/net/nf_conntrack 2>/dev/null; cat /proc/sys/net/netfilter/nf_conntrack_count',
      ])
    expect(Number(flows().trim().split('\n').at(-1))).toBe(1)
    const { code } = nftproof([...RUN, '--target', `netns:${router.name}`, '--family', 'ipv4'])
    expect(code).toBe(0)
    // Ours are gone, theirs is there.
    expect(Number(flows().trim().split('\n').at(-1))).toBe(1)
    router.inside('bash', ['-c', 'echo again > /dev/udp/203.0.113.20/53'], '', '-a')
    expect(router.inside('nft', ['list', 'table', 'ip', 'heard'], '', '-b')).toContain(
      'counter packets 2',
    )
    router.inside('nft', ['delete', 'table', 'ip', 'heard'], '', '-b')
  })

  test('is restored after SIGKILL', async () => {
    const before = router.everything()
    const args = [
      'run',
      'default-egress',
      '--quiet',
      '--no-save',
      '--target',
      `netns:${router.name}`,
    ]
    const hold = new Hold('attempt done in an existing namespace')
    try {
      const { child, ended } = await startHeld(hold, args)
      expect(router.everything()).not.toBe(before)
      expect(guards()).toHaveLength(1)
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
    } finally {
      hold.release()
    }
    await expect.poll(guards, PATIENCE).toEqual([])
    expect(router.everything()).toBe(before)
    expect(nftproof([...RUN, '--target', `netns:${router.name}`]).code).toBe(0)
    expect(router.everything()).toBe(before)
  })

  test('gets the counters of iptables rules back', () => {
    router.load('flush ruleset')
    const saved = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [7:420]
:OUTPUT ACCEPT [0:0]
[3:180] -A FORWARD -i shop0 -p tcp -m multiport --dports 25,26 -m comment --comment "no mail" -j DROP
COMMIT
`
    router.inside('iptables-nft-restore', ['-c'], saved)
    const counts = (): string =>
      router.inside('iptables-nft-save', ['-c']).replaceAll(/^#.*\n/gm, '')
    const before = counts()
    const { code } = nftproof([
      ...RUN,
      '--target',
      `netns:${router.name}`,
      '--family',
      'ipv4',
      '--protocol',
      'tcp',
    ])
    expect(code).toBe(1) // it is another policy
    expect(counts()).toBe(before)
    expect(before).toContain('[3:180]')
  })

  test('is compared with a file, and explained', () => {
    const before = router.everything()
    const other = router.inside('nft', ['list', 'ruleset']).replace('22, 53', '22, 25, 53')
    const file = join(temporary, 'other.nft')
    writeFileSync(file, other)
    const diff = nftproof([
      'diff',
      `netns:${router.name}`,
      file,
      '--quick',
      '--protocol',
      'tcp',
      '--family',
      'ipv4',
      '--from',
      'shop0',
      '--to',
      'wan0',
    ])
    expect(diff.out).toMatch(/25 opened: dropped → open/)
    expect(diff.code).toBe(1)
    const why = nftproof(['explain', `netns:${router.name}`, 'shop0', 'wan0', 'tcp/443'])
    expect(why.out).toMatch(/⇒ open, by th dport/)
    expect(router.everything()).toBe(before)
  })
})

describe('a namespace without the interfaces of the lab', () => {
  test('gets them during a run, by the pid of a process in it', async () => {
    const inside = ['netns', 'exec', bare]
    spawnSync('ip', [
      ...inside,
      'sh',
      '-c',
      'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
    ])
    spawnSync('ip', [...inside, 'nft', '-f', '-'], { input: rulesetOf(RIGHT) })
    const child = spawn('ip', [...inside, 'sleep', 'infinity'])
    const network = (pid: number | string): string => readlinkSync(`/proc/${pid}/ns/net`)
    await expect.poll(() => network(child.pid!), PATIENCE).not.toBe(network('self'))
    const { code, err } = nftproof([...RUN, '--target', `pid:${child.pid}`])
    child.kill('SIGKILL')
    expect({ code, err: err.replace(/.*warning.*\n/, '') }).toEqual({ code: 0, err: '' })
    expect(spawnSync('ip', ['-n', bare, '-br', 'link'], { encoding: 'utf8' }).stdout).toMatch(
      /^lo\b[^\n]*\n$/,
    )
  })

  test('drops what it does not forward', () => {
    spawnSync('ip', ['netns', 'exec', bare, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward'])
    const { code, out } = nftproof([
      ...RUN,
      '--target',
      `netns:${bare}`,
      '--family',
      'ipv4',
      '--protocol',
      'tcp',
    ])
    expect(code).toBe(1)
    expect(out).toMatch(/443 .*open .*DROPPED/)
  })
})

describe('a namespace is refused', () => {
  const said = (...args: string[]): [number | null, string] => {
    const { code, err } = nftproof([...RUN, ...args])
    return [code, err.replace(/.*warning.*\n/, '')]
  }

  test.each([
    [
      'no namespace of that name',
      () => ['--target', 'netns:nobody'],
      2,
      /netns:nobody: no network namespace has this name \(there are .*nftproof-t/,
    ],
    ['no process of that number', () => ['--target', 'pid:4194304'], 2, /no such process/],
    [
      "this machine's own network",
      () => ['--target', `pid:${process.pid}`],
      2,
      /this machine's own network, which nftproof never changes/,
    ],
    [
      'without root',
      () => ['--target', `netns:${router.name}`, '--rootless'],
      3,
      /can be entered by root only: leave --rootless out/,
    ],
    [
      'a ruleset beside it',
      () => ['--target', `netns:${router.name}`, '--ruleset', 'scenarios/firewall.nft'],
      2,
      /no such file|leave out the ruleset/,
    ],
    [
      'two firewalls',
      () => ['--target', `netns:${router.name}`, '--target', 'pid:1'],
      2,
      /only one target can be tested/,
    ],
    [
      'a sign of readiness',
      () => ['--target', `netns:${router.name}`, '--ready', 'log:x'],
      2,
      /--ready needs a container/,
    ],
  ] as const)('%s', (_, args, code, message) => {
    const [ended, text] = said(...args())
    expect(text).toMatch(message)
    expect(ended).toBe(code)
  })

  test('when another nftproof is running in it', () => {
    const lock = ['flock', `/run/netns/${router.name}`]
    const { code, err } = nftproof([...RUN, '--target', `netns:${router.name}`], { lead: lock })
    expect([code, err]).toEqual([3, expect.stringMatching(/another nftproof uses it/)])
  })

  test('when a host there has an address of the lab', () => {
    router.inside('ip', [
      'neigh',
      'add',
      '10.20.1.10',
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'shop0',
      'nud',
      'permanent',
    ])
    const [code, text] = said('--target', `netns:${router.name}`)
    router.inside('ip', ['neigh', 'del', '10.20.1.10', 'dev', 'shop0'])
    expect(text).toMatch(/already has 10\.20\.1\.10, at its interface shop0/)
    expect(code).toBe(2)
  })
})
