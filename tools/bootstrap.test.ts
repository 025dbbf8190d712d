/** The first command on a fresh machine, with a PATH on which only some programs are. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findProgram } from '../harness/system/find-program.ts'
import { PATIENCE } from './testing/mark.ts'

const TOOLS = ['nft', 'ip', 'unshare', 'setpriv', 'mount']
const FOR_TESTS = ['git', 'iptables-legacy-restore']
const HERE = import.meta.dirname
let root: string
let bin: string

/** A tree with the bootstrap and a job that says what it was given. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nftproof-bootstrap-'))
  bin = join(root, 'bin')
  for (const folder of [
    'bin',
    'harness/cli',
    'harness/system',
    'tools/testing',
    'node_modules/.bin',
  ])
    mkdirSync(join(root, folder), { recursive: true })
  copyFileSync(join(HERE, 'bootstrap.mjs'), join(root, 'tools/bootstrap.mjs'))
  cpSync(join(HERE, 'bootstrap'), join(root, 'tools/bootstrap'), { recursive: true })
  copyFileSync(
    join(HERE, '../harness/system/programs.json'),
    join(root, 'harness/system/programs.json'),
  )
  writeFileSync(join(root, 'tools/bootstrap/needed.ts'), NEEDED)
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/node': { version: '24.21.0' } } }),
  )
  writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}')
  writeFileSync(join(root, 'harness/cli/main.ts'), JOB)
  writeFileSync(join(root, 'tools/testing/all.ts'), JOB)
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'))
  for (const tool of TOOLS) program(tool, 'exit 0')
  chmodSync(root, 0o755)
})

// A whole tree of packages may lie there, on a disk that is busy.
afterEach(() => rmSync(root, { recursive: true, force: true }), 120_000)

/** In place of the one that reads the scenarios (bootstrap/needed.test.ts). */
const NEEDED = `const tests = process.argv[2] === 'test' ? ${JSON.stringify(FOR_TESTS)} : []
console.log(JSON.stringify([...${JSON.stringify(TOOLS)}, ...tests]))`

// What it prints says that it can be told.
const JOB = `if (process.env.JOB_WAITS) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => { console.log('told ' + name); process.exit(143) })
  setInterval(() => {}, 1 << 30)
}
console.log(JSON.stringify(process.argv.slice(2)))
if (process.env.JOB_SIGNAL) process.kill(process.pid, process.env.JOB_SIGNAL)
process.exitCode = Number(process.env.JOB_CODE ?? 0)
if (process.env.JOB_SIGNAL) setInterval(() => {}, 1 << 30)
`

function program(name: string, script: string): void {
  const path = join(bin, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

/** A program that notes how it was called, and then does something. */
function noting(name: string, script = ''): void {
  program(name, `echo "${name} $*" >> "${join(root, 'calls')}"\n${script}`)
}

const calls = (): string[] =>
  existsSync(join(root, 'calls'))
    ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
    : []

function bootstrap(
  args: readonly string[],
  { env = {}, isRoot = true }: { env?: Record<string, string>; isRoot?: boolean } = {},
) {
  // In a user namespace that maps nobody it is not root; it still reaches this project, wherever that lies.
  const lead = isRoot || process.geteuid?.() !== 0 ? [] : [findProgram('unshare'), '--user']
  const command = [...lead, process.execPath, join(root, 'tools/bootstrap.mjs'), ...args]
  const { status, signal, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    env: { PATH: bin, NFTPROOF_PATH_ONLY: '1', ...env },
  })
  return { status, signal, stdout, stderr }
}

describe('when everything is there', () => {
  test('the main job gets its arguments, and its exit code is passed on', () => {
    const { status, stdout } = bootstrap(['conformance', 'default-egress', '--quiet'], {
      env: { JOB_CODE: '1' },
    })
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: '["run","default-egress","--quiet"]\n',
    })
  })

  test('the tests are started, where what they call besides is there too', () => {
    program('git', 'exit 0')
    const { status, stderr } = bootstrap(['test'])
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/missing: iptables-legacy-restore/),
    })
    program('iptables-legacy-restore', 'exit 0')
    expect(bootstrap(['test'])).toMatchObject({ status: 0, stdout: '[]\n' })
  })

  test('a signal is passed on', () => {
    expect(bootstrap(['conformance'], { env: { JOB_SIGNAL: 'SIGTERM' } })).toMatchObject({
      signal: 'SIGTERM',
    })
  })

  test('the two hyphens that npm takes away are taken away here too', () => {
    expect(bootstrap(['conformance', '--', '--list']).stdout).toBe('["run","--list"]\n')
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s reaches the job, which ends in its own way',
    async (signal) => {
      const child = spawn(process.execPath, [join(root, 'tools/bootstrap.mjs'), 'conformance'], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: bin, NFTPROOF_PATH_ONLY: '1', JOB_WAITS: '1' },
      })
      let out = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (out === '') child.kill(signal)
        out += text
      })
      expect(await once(child, 'close')).toEqual([143, null])
      expect(out).toBe(`["run"]\ntold ${signal}\n`)
    },
  )

  test('an unknown job is bad usage', () => {
    expect(bootstrap(['frobnicate'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/conformance\|test/),
    })
  })
})

describe('when a program is missing', () => {
  const packages: [string, RegExp][] = [
    [
      'apt-get',
      /sudo apt-get update -q && sudo apt-get install -y -q --no-install-recommends nftables iproute2$/m,
    ],
    ['dnf', /sudo dnf install -y nftables iproute$/m],
    ['pacman', /sudo pacman -Sy --noconfirm --needed nftables iproute2$/m],
    ['apk', /sudo apk add nftables iproute2$/m],
  ]

  test.each(packages)('without privilege the one command is printed: %s', (manager, line) => {
    for (const tool of ['nft', 'ip']) rmSync(join(bin, tool))
    noting(manager)
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(line) })
    expect(calls()).toEqual([])
  })

  const names: [string, string][] = [
    ['apt-get', 'nftables iproute2 util-linux mount'],
    ['dnf', 'nftables iproute util-linux'],
    ['pacman', 'nftables iproute2 util-linux'],
    ['apk', 'nftables iproute2 util-linux-misc setpriv mount'],
  ]

  test.each(names)('when all are missing, %s is given %s', (manager, packages) => {
    for (const tool of TOOLS) rmSync(join(bin, tool))
    noting(manager)
    const { stderr } = bootstrap(['conformance'], { isRoot: false })
    expect(stderr.trimEnd().endsWith(` ${packages}`)).toBe(true)
  })

  test("BusyBox's program of that name does not count", () => {
    program('busybox', 'exit 0')
    rmSync(join(bin, 'unshare'))
    symlinkSync('busybox', join(bin, 'unshare'))
    noting('apk')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/missing: unshare\..*\n {2}sudo apk add util-linux-misc\n/),
    })
  })

  test('an installation that fails: its output is shown, and nothing was measured', () => {
    rmSync(join(bin, 'nft'))
    program('dnf', 'echo "no mirror answers"; exit 7')
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/no mirror answers\n[\s\S]*failed: .*dnf install -y nftables/),
    })
  })

  test('with sudo that asks for no password it is installed', () => {
    rmSync(join(bin, 'nft'))
    chmodSync(root, 0o777)
    chmodSync(bin, 0o777)
    const stub = `printf '#!/bin/sh\\n' > "${join(bin, 'nft')}"; /bin/chmod +x "${join(bin, 'nft')}"`
    noting('dnf', stub)
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    expect(bootstrap(['conformance'], { isRoot: false })).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['dnf install -y nftables'])
  })

  test('an installation that brings nothing is said so', () => {
    rmSync(join(bin, 'nft'))
    chmodSync(root, 0o777)
    noting('dnf')
    program('sudo', '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"')
    const { status, stderr } = bootstrap(['conformance'], { isRoot: false })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/still missing after the installation: nft/),
    })
  })

  test('without a package manager it says what is needed', () => {
    rmSync(join(bin, 'unshare'))
    expect(bootstrap(['conformance'])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/missing: unshare \(util-linux\)\. Install these packages/),
    })
  })
})

describe('the packages of npm', () => {
  const older = new Date(Date.now() - 60_000)

  test('are installed when they are missing', () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    noting(
      'npm',
      `/bin/mkdir -p node_modules/.bin; /bin/ln -sf ${process.execPath} node_modules/.bin/node; echo > node_modules/.package-lock.json`,
    )
    expect(spawnIn(['conformance'])).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['npm ci --no-audit --no-fund'])
  })

  test('are installed when they are older than the lock file', () => {
    utimesSync(join(root, 'node_modules/.package-lock.json'), older, older)
    noting('npm')
    expect(spawnIn(['conformance'])).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['npm ci --no-audit --no-fund'])
  })

  test('are left alone when they are newer', () => {
    noting('npm')
    spawnIn(['conformance'])
    expect(calls()).toEqual([])
  })

  test('that cannot be installed: npm says why, and nothing was measured', () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    noting('npm', 'echo "npm error network" >&2; exit 1')
    const { status, stderr } = spawnIn(['conformance'])
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/npm error network[\s\S]*npm ci failed/),
    })
  })

  test('that are being installed when SIGTERM comes: npm is told, and nothing else starts', async () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    program(
      'npm',
      `trap 'kill $!; exit 1' TERM; /bin/sleep infinity & echo npm >> "${join(root, 'calls')}"; wait`,
    )
    const child = spawn(process.execPath, [join(root, 'tools/bootstrap.mjs'), 'conformance'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: bin, NFTPROOF_PATH_ONLY: '1' },
    })
    const ended = once(child, 'exit')
    await expect.poll(calls, PATIENCE).toEqual(['npm'])
    child.kill('SIGTERM')
    expect(await ended).toEqual([null, 'SIGTERM'])
  })

  test("npm's own words are shown when nothing answers", () => {
    const { status, stderr } = realNpm(root, ['conformance'], {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(root, 'cache'),
    })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/ECONNREFUSED[\s\S]*npm (ci|install) failed/),
    })
  })

  test('a fresh clone is made ready by the real npm, whatever Node started it', () => {
    const clone = join(root, 'clone')
    cpSync(join(HERE, '..'), clone, { recursive: true, filter: isTracked })
    const { status, stdout, stderr } = realNpm(clone, ['conformance', '--', '--list'])
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stdout).toContain('default-egress ')
    // Left out by npm where its own Node is too old for it.
    expect(readdirSync(join(clone, 'node_modules/@rolldown')).join()).toMatch(/binding-/)
  })

  const isTracked = (path: string): boolean =>
    !/\/(node_modules|\.git|dist|results\/runs)$/.test(path)

  /** `npm run` by the machine's own npm and Node, not by those of the project. */
  function realNpm(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
    rmSync(join(cwd, 'node_modules'), { recursive: true, force: true })
    if (cwd === root) {
      copyFileSync(join(HERE, '../package.json'), join(root, 'package.json'))
      copyFileSync(join(HERE, '../package-lock.json'), join(root, 'package-lock.json'))
    }
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE$)/.test(name))
    const folders = process.env
      .PATH!.split(':')
      .filter((path) => !/node_modules|node-gyp/.test(path))
    const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...Object.fromEntries(own), PATH: folders.join(':'), ...env },
    })
    return { status, stdout, stderr }
  }

  function spawnIn(args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'tools/bootstrap.mjs'), ...args],
      {
        encoding: 'utf8',
        cwd: root,
        env: { PATH: `${bin}:/bin`, NFTPROOF_PATH_ONLY: '1' },
      },
    )
    return { status, stdout, stderr }
  }
})
