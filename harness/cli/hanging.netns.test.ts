/** Whatever program hangs, the command ends with 3, names it, and leaves nothing running. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, nftproof, startNftproof } from '../../tools/testing/command.ts'
import { Router } from '../../tools/testing/router.ts'

const isRoot = process.geteuid?.() === 0
/** In the environment of all that one command starts. */
const NAME = 'NFTPROOF_TEST_OF'
/** Only programs that wait for ever get so little. */
const SHORT_S = 0.5
const RULES =
  'table inet t { chain f { type filter hook input priority 0; tcp dport 22 drop; }; }\n'
const SAVED = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lan0 -p tcp --dport 22 -j DROP\nCOMMIT\n'

// It ignores the polite signals, and has started something in another session.
const HANG = `trap '' TERM INT HUP
setsid sleep 100000 > /dev/null 2>&1 &
while :; do sleep 100000; done
`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hanging-'))
  chmodSync(folder, 0o755)
  for (const [file, text] of [
    ['a.nft', RULES],
    ['b.nft', RULES.replace('22', '23')],
    ['a.v4', SAVED],
    ['b.v4', SAVED.replace('22', '23')],
    ['ok.sh', '#!/bin/sh\nexit 0\n'],
    ['Vagrantfile', ''],
  ] as const)
    writeFileSync(join(folder, file), text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function left(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${NAME}=${mark}\0`)
    } catch {
      return false
    }
  })
}

/** A folder for PATH in which `program` hangs; `unless`: only without this word among its arguments. */
function pathWith(program: string, unless?: string): string {
  const path = join(folder, `${program}${unless ?? ''}`)
  mkdirSync(path, { recursive: true })
  const real = `PATH=\${PATH#*:}; exec ${program} "$@"`
  const skip = unless === undefined ? '' : `case " $* " in *" ${unless} "*) ${real};; esac\n`
  writeFileSync(join(path, program), `#!/bin/sh\n${skip}${HANG}`)
  chmodSync(join(path, program), 0o755)
  return `${path}:${process.env.PATH}:/usr/sbin:/sbin`
}

interface Case {
  readonly program: string
  readonly unless?: string
  readonly args: readonly string[]
  readonly limit?: string
  readonly says?: RegExp
}

const QUICK = ['--quick', '--family', 'ipv4', '--protocol', 'tcp']
const DIFF = ['diff', 'a.nft', 'b.nft', ...QUICK]

const CASES: readonly Case[] = [
  { program: 'nft', args: DIFF },
  { program: 'nft', unless: '--version', args: DIFF },
  { program: 'ip', args: DIFF },
  { program: 'ip', args: ['lab', 'from-host'] },
  { program: 'iptables-restore', args: ['diff', 'a.v4', 'b.v4', '--quick'] },
  { program: 'iptables-restore-translate', args: ['diff', 'a.v4', '--translated'] },
  { program: 'git', args: ['diff', 'HEAD~1:rules.nft', 'a.nft'] },
  ...['setpriv', 'unshare', 'mount'].map((program) => ({
    program,
    args: DIFF,
    limit: 'sandbox',
    says: new RegExp(`no sandbox could be created within ${SHORT_S} s: .* ran .*\\b${program}\\b`),
  })),
  {
    program: 'vagrant',
    args: ['run', '--run-in', 'vagrant'],
    limit: 'vagrant up',
    says: /vagrant up did not end within/,
  },
]

test.each(CASES)(
  '$program $unless: $args',
  async ({ program, unless, args, limit = program, says }) => {
    const mark = `${process.pid} ${program} ${unless} ${args.join(' ')}`
    const env = {
      PATH: pathWith(program, unless),
      NFTPROOF_TIME_LIMITS: `${limit}=${SHORT_S}`,
      [NAME]: mark,
    }
    const { code, err, out } = nftproof(args, { cwd: folder, env })
    expect({ code, err: err + out }).toEqual({
      code: 3,
      err: expect.stringMatching(
        says ?? new RegExp(`${program} did not end within ${SHORT_S} s: it was stopped`),
      ),
    })
    expect(err).not.toContain('bug')
    await expect.poll(() => left(mark)).toEqual([])
  },
)

test.each<[string, readonly string[]]>([
  ['diff', DIFF],
  ['explain', ['explain', 'a.nft', 'outside', 'firewall', 'tcp/22', '--family', 'ipv4']],
])('%s waits once for an nft that hangs, not again to load', (_, args) => {
  const path = join(folder, 'once')
  const calls = join(folder, 'calls')
  mkdirSync(path, { recursive: true })
  writeFileSync(calls, '')
  const version = `PATH=\${PATH#*:}; exec nft "$@"`
  writeFileSync(
    join(path, 'nft'),
    `#!/bin/sh\ncase "$*" in --version) ${version};; esac\necho "$*" >> '${calls}'\n${HANG}`,
  )
  chmodSync(join(path, 'nft'), 0o755)
  chmodSync(calls, 0o666)
  const env = {
    PATH: `${path}:${process.env.PATH}:/usr/sbin:/sbin`,
    NFTPROOF_TIME_LIMITS: `nft=${SHORT_S}`,
  }
  const { code, err } = nftproof(args, { cwd: folder, env })
  expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(/nft did not end within/) })
  const called = readFileSync(calls, 'utf8').trim().split('\n')
  expect(called.filter((words) => !words.startsWith('--check'))).toEqual([])
})

/** A script does not inherit the mark: its processes are known by the time that they wait. */
function waiting(seconds: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1') === `sleep\0${seconds}\0`
    } catch {
      return false
    }
  })
}

test('a script that hangs is stopped', async () => {
  const seconds = `${100_000 + process.pid}`
  writeFileSync(
    join(folder, 'hangs.sh'),
    `#!/bin/sh\necho begun\n${HANG.replaceAll('100000', seconds)}`,
  )
  const args = ['diff', 'script:ok.sh', 'script:hangs.sh', ...QUICK, '--script-timeout', '2']
  const { code, err } = nftproof(args, { cwd: folder })
  expect({ code, err }).toEqual({
    code: 3,
    err: expect.stringMatching(
      /the script hangs\.sh did not end within 2 s: it was stopped(?:.|\n)*--script-timeout 600\):\n {2}begun\n/,
    ),
  })
  await expect.poll(() => waiting(seconds)).toEqual([])
})

test('when a script exits, its background processes are ended too', async () => {
  const seconds = `${200_000 + process.pid}`
  const text = `#!/bin/sh\nsleep ${seconds} &\nsetsid sleep ${seconds} &\nexit 0\n`
  writeFileSync(join(folder, 'leaves.sh'), text)
  const args = ['diff', 'script:ok.sh', 'script:leaves.sh', ...QUICK]
  expect(nftproof(args, { cwd: folder })).toMatchObject({ code: 0 })
  await expect.poll(() => waiting(seconds)).toEqual([])
})

test('an invalid time limit is refused', () => {
  const { code, err } = nftproof(DIFF, { cwd: folder, env: { NFTPROOF_TIME_LIMITS: 'nft' } })
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/"nft" is not a limit: write PROGRAM=SECONDS/),
  ])
})

test('doctor names the program that hangs and continues', () => {
  const env = { PATH: pathWith('nft'), NFTPROOF_TIME_LIMITS: `nft=${SHORT_S}` }
  const { code, out, err } = nftproof(['doctor'], { env })
  expect(out + err).toMatch(/nft did not end within/)
  expect(out).toMatch(/kernel/)
  expect(code).toBe(3)
})

test('a container engine that accepts connections but never answers', async () => {
  const server = createServer(() => {})
  const socket = join(folder, 'engine.sock')
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  chmodSync(socket, 0o777)
  const args = ['run', 'default-egress', '--target', 'image:x', '--ready', 'log:x']
  const child = startNftproof(args, {
    DOCKER_HOST: `unix://${socket}`,
    NFTPROOF_TIME_LIMITS: `container engine=${SHORT_S}`,
  })
  const ended = await endOf(child)
  server.close()
  expect(ended).toEqual({
    code: 3,
    err: expect.stringMatching(/container engine did not end within 0\.5 s/),
  })
})

function endOf(child: ReturnType<typeof startNftproof>): Promise<Pick<Ended, 'code' | 'err'>> {
  let err = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })))
}

if (isRoot)
  describe('in an existing namespace', () => {
    let router: Router
    beforeAll(() => {
      router = new Router(`nftproof-h${process.pid}`)
      router.load(`flush ruleset\n${RULES}`)
    })
    afterAll(() => router.remove())

    test.each(['flock', 'nsenter', 'tc'])('%s', async (program) => {
      const mark = `${process.pid} lent ${program}`
      const before = router.everything()
      const limit = program === 'nsenter' ? 'ip' : program
      const args = [
        'run',
        'default-egress',
        '--no-save',
        '--ports',
        '22',
        '--target',
        `netns:${router.name}`,
      ]
      const { code, err } = nftproof(args, {
        env: {
          PATH: pathWith(program),
          NFTPROOF_TIME_LIMITS: `${limit}=${SHORT_S}${program === 'tc' ? ',nft=1' : ''}`,
          [NAME]: mark,
        },
      })
      expect({ code, err }).toEqual({
        code: 3,
        err: expect.stringMatching(new RegExp(`${limit} did not end within ${SHORT_S} s`)),
      })
      await expect.poll(() => left(mark), { timeout: 30_000 }).toEqual([])
      expect(router.everything()).toBe(before)
    })
  })
