/** A script that tries to get out of its lab, in every way that is known here: none succeeds, and nothing outside has changed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { Router } from '../../tools/testing/router.ts'

const isRoot = process.geteuid?.() === 0
const HOSTILE = new URL('hostile.pl', import.meta.url).pathname
const WORDS = 'the words that nobody else may read'
/** Of a variable that the command has. */
const SECRET = 'CI_JOB_TOKEN'
/** Numbers of descriptors that the command gets from whoever starts it, careless of what it starts. */
const LEAK = 'exec 9>>"$0" 200>>"$0"; exec "$@"'

let folder: string
let outside: string
let target: ChildProcess
let servers: Server[]
let connections = 0
let shared: string
let fifo: number
let router: Router | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  chmodSync(folder, 0o755)
  outside = join(folder, 'outside')
  for (const path of [outside, at('.git'), at('sub')]) mkdirSync(path, { recursive: true })
  for (const path of ['.git/config', '.env', 'sub/.netrc']) writeFileSync(at(path), WORDS)
  for (const path of ['canary', 'canary.key']) writeFileSync(join(outside, path), WORDS)
  copyFileSync(HOSTILE, at('hostile.pl'))
  writeFileSync(at('quiet.sh'), '#!/bin/sh\nnft add table inet quiet\n')
  spawnSync('mkfifo', [at('pipe')])
  fifo = openSync(at('pipe'), constants.O_RDWR | constants.O_NONBLOCK)
  target = spawn('sleep', ['100000'])
  shared = spawnSync('perl', ['-e', 'print shmget(0, 4096, 0600 | 01000)'], {
    encoding: 'utf8',
  }).stdout
  if (isRoot) router = new Router(ROUTER)
  const paths = [join(outside, 'socket'), at('socket'), `\0${abstract()}`]
  servers = await Promise.all(paths.map(listen))
})

afterAll(() => {
  router?.remove()
  target.kill('SIGKILL')
  for (const server of servers) server.close()
  spawnSync('perl', ['-e', 'shmctl($ARGV[0], 0, 0)', shared])
  closeSync(fifo)
  rmSync(folder, { recursive: true, force: true })
})

/** In the script's own folder. */
const at = (path: string): string => join(folder, 'own', path)
const abstract = (): string => `nftproof-hostile-${process.pid}`

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  })
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}

function environment(): Readonly<Record<string, string>> {
  return {
    FILE: join(outside, 'canary'),
    WORDS,
    SOCKET: join(outside, 'socket'),
    NEAR: join(folder, 'own'),
    ABSTRACT: abstract(),
    PID: `${target.pid}`,
    SHM: shared,
    FIFO: at('pipe'),
    SECRET,
    HOST: 'taken-over',
  }
}

/** Nothing of the test's environment reaches the script but by its own text. */
function writeScript(more: Readonly<Record<string, string>> = {}): void {
  const lines = Object.entries({ ...environment(), ...more }).map(
    ([name, value]) => `$ENV{CANARY_${name}} = ${JSON.stringify(value)};`,
  )
  const text = readFileSync(HOSTILE, 'utf8')
  const [first, ...rest] = text.split('\n')
  writeFileSync(at('hostile.pl'), [first, ...lines, ...rest].join('\n'))
}

const PLACE = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']

function tryAll({ old, flags }: Way) {
  const args = ['diff', old, 'script:own/hostile.pl', ...PLACE, ...flags]
  const { code, err } = nftproof(args, {
    cwd: folder,
    env: { [SECRET]: 'of the job' },
    lead: ['bash', '-c', LEAK, join(outside, 'canary')],
  })
  return { code, err }
}

interface Way {
  /** What the script is compared with. */
  readonly old: string
  readonly flags: readonly string[]
}

const QUIET = 'script:own/quiet.sh'
const ROUTER = `nftproof-hostile-${process.pid}`
/** Beside a namespace that exists the sandbox has the /proc of the machine. */
const ROOTS: readonly Way[] = [
  { old: QUIET, flags: ['--rootless'] },
  { old: `netns:${ROUTER}`, flags: [] },
]
const WAYS: readonly Way[] = [{ old: QUIET, flags: [] }, ...(isRoot ? ROOTS : [])]

test.each(WAYS)(
  'compared with $old, with $flags: no attempt succeeds, and nothing changes outside',
  (way) => {
    const before = nullDevice()
    writeScript()
    const { code, err } = tryAll(way)
    expect(err).toMatch(/REACHED: nothing$/m)
    const attempts = /^.*mount:no.*$/m.exec(err)?.[0].split(',') ?? []
    expect(attempts.length).toBeGreaterThan(80)
    expect(code).toBe(2)
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe(WORDS)
    expect(connections).toBe(0)
    expect(() => readSync(fifo, Buffer.alloc(1))).toThrow(/EAGAIN/)
    expect(target.exitCode ?? target.signalCode).toBe(null)
    expect(readFileSync('/proc/sysvipc/shm', 'utf8')).toMatch(
      new RegExp(`^ *-?\\d+ +${shared} `, 'm'),
    )
    expect(nullDevice()).toEqual(before)
  },
)

// rtnetlink(7): what is asked of the link with the number that is the other end of ours.
const NETLINK = `#!/usr/bin/perl
use Socket;
socket my $s, 16, 3, 0 or die;
my ($own, $end) = map { m{^(\\d+): \\S+\\@if(\\d+): } } \`ip -o link show\`;
sub attribute { my ($type, $data) = @_; my $a = pack('SS', 4 + length $data, $type) . $data;
  $a .= "\\0" while length($a) % 4; $a }
sub ask { my ($type, $flags, $index, $words, @more) = @_;
  my $body = pack('CxSlLL', 0, 0, $index, @$words) . join '', @more;
  send $s, pack('LSSLL', 16 + length $body, $type, $flags | 5, 1, 0) . $body, 0 or die;
  recv $s, my $reply, 8192, 0; my ($error) = unpack 'x16l', $reply; print "error $error\\n" if $error }
my $there = attribute(46, pack 'l', 0);
`
/** Each ends with an error where the kernel does not allow it; then nothing has been reached. */
const BEYOND = {
  'adds a bridge beside it':
    'ask(16, 0x600, 0, [0, 0], attribute(3, "br0"), $there, attribute(18 | 0x8000, attribute(1, "bridge")));',
  'moves its own link there': 'ask(16, 0, $own, [0, 0], $there);',
  'lays a link of its own over it':
    'ask(16, 0x600, 0, [0, 0], attribute(3, "mv0"), attribute(5, pack "L", $end), attribute(37, pack "l", 0), attribute(18 | 0x8000, attribute(1, "macvlan")));',
  'removes it': 'ask(17, 0, $end, [0, 0], $there);',
} as const

test.each(Object.entries(BEYOND))(
  'a script that enters the other end of its link and %s: nothing is measured',
  (_, attack) => {
    writeFileSync(at('beyond.pl'), `${NETLINK}${attack}\n`)
    const args = ['diff', 'script:own/quiet.sh', 'script:own/beyond.pl', ...PLACE]
    const { code, err } = nftproof(args, { cwd: folder })
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringMatching(
        /the script own\/(?:beyond\.pl|quiet\.sh), or a script that ran at the same time, changed another network/,
      ),
    })
  },
)

test('processes of a script are limited in number and end with it', async () => {
  const text = `#!/usr/bin/perl
my $n = 0;
for (1 .. 6000) { my $pid = fork; last unless defined $pid; if (!$pid) { sleep 1000; exit } $n++ }
print "$n processes\n"; exit 9;
`
  writeFileSync(at('forks.pl'), text)
  const { err } = nftproof(['diff', 'script:own/quiet.sh', 'script:own/forks.pl', ...PLACE], {
    cwd: folder,
  })
  const most = isLimited() ? 4999 : 6000
  expect(Number(/(\d+) processes/.exec(err)?.[1])).toBeLessThanOrEqual(most)
  await expect.poll(processesOf('forks.pl')).toEqual([])
})

/** Root of an older kernel has no limit of its own (privileges.ts). */
function isLimited(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return !isRoot || major > 6 || (major === 6 && minor >= 14)
}

const processesOf = (words: string) => (): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(join(folder, 'own', words))
    } catch {
      return false
    }
  })

function nullDevice() {
  const { mode, uid, gid } = statSync('/dev/null')
  return { mode, uid, gid }
}
