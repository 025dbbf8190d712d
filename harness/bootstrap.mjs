/**
 * Makes a fresh clone ready and starts its main job or its tests:
 *
 *     node harness/bootstrap.mjs conformance [ARGS…]
 *     node harness/bootstrap.mjs test [ARGS…]
 *
 * Plain JavaScript without dependencies, for Node 18 and later: it runs before
 * anything is installed. Installs the packages of package-lock.json when they
 * are missing or older than that file, and the system's programs when they are
 * missing; then goes on under the Node that the project brings along.
 */
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const NOT_MEASURED = 3
const BAD_USAGE = 2
const NODE_MAJOR = 24

const JOBS = {
  conformance: ['harness/cli/main.ts', 'run'],
  test: ['harness/testing/all.ts'],
}

/** Program → the package that has it, for each package manager. */
const PACKAGES = {
  nft: { 'apt-get': 'nftables', dnf: 'nftables', pacman: 'nftables', apk: 'nftables' },
  ip: { 'apt-get': 'iproute2', dnf: 'iproute', pacman: 'iproute2', apk: 'iproute2' },
  unshare: {
    'apt-get': 'util-linux',
    dnf: 'util-linux',
    pacman: 'util-linux',
    apk: 'util-linux-misc',
  },
  setpriv: { 'apt-get': 'util-linux', dnf: 'util-linux', pacman: 'util-linux', apk: 'setpriv' },
  mount: { 'apt-get': 'mount', dnf: 'util-linux', pacman: 'util-linux', apk: 'mount' },
}

const INSTALL = {
  'apt-get': (packages) => [
    ['apt-get', 'update', '-q'],
    ['apt-get', 'install', '-y', '-q', ...packages],
  ],
  dnf: (packages) => [['dnf', 'install', '-y', ...packages]],
  pacman: (packages) => [['pacman', '-Sy', '--noconfirm', '--needed', ...packages]],
  apk: (packages) => [['apk', 'add', ...packages]],
}

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

function main() {
  const [job, ...args] = process.argv.slice(2)
  if (!Object.hasOwn(JOBS, job ?? '')) {
    fail(BAD_USAGE, `usage: node harness/bootstrap.mjs ${Object.keys(JOBS).join('|')} [ARGS…]`)
  }
  installPackages()
  installTools()
  const node = join(ROOT, 'node_modules/.bin/node')
  const [script, ...first] = JOBS[job]
  const run = spawnSync(node, [join(ROOT, script), ...first, ...args], { stdio: 'inherit' })
  if (run.error) fail(NOT_MEASURED, `${node} could not be started: ${run.error.message}`)
  if (run.signal) process.kill(process.pid, run.signal)
  process.exitCode = run.status ?? NOT_MEASURED
}

// ── Packages of npm ─────────────────────────────────────────────────────────

function installPackages() {
  const installed = modified(join(ROOT, 'node_modules/.package-lock.json'))
  const node = existsSync(join(ROOT, 'node_modules/.bin/node'))
  if (node && installed >= modified(join(ROOT, 'package-lock.json'))) return
  say('installing the packages of package-lock.json …')
  // npm leaves out optional packages whose engines do not admit the Node that
  // it runs on, so it runs on the one that the project will use.
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NODE_MAJOR) return npmCi(process.execPath)
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-node-'))
  try {
    npmCi(nodeOfOurs(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The project's Node, installed into a folder of its own. */
function nodeOfOurs(folder) {
  const manifest = {
    private: true,
    dependencies: { node: lockedNode() },
    allowScripts: { node: true },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  npm(process.execPath, ['install', '--no-audit', '--no-fund'], folder)
  return join(folder, 'node_modules/.bin/node')
}

function lockedNode() {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return lock.packages['node_modules/node'].version
}

function npmCi(node) {
  npm(node, ['ci', '--no-audit', '--no-fund'], ROOT)
}

function npm(node, args, cwd) {
  const cli = process.env.npm_execpath
  // Started by npm, we know where its program lies; otherwise the PATH does.
  const command = cli?.endsWith('.js') ? [node, cli] : ['npm']
  const path = [dirname(node), process.env.PATH].join(delimiter)
  const run = spawnSync(command[0], [...command.slice(1), ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  if (run.error) fail(NOT_MEASURED, `npm could not be started: ${run.error.message}`)
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout}${run.stderr}`)
    fail(NOT_MEASURED, `npm ${args[0]} failed; its output is above`)
  }
}

function modified(file) {
  try {
    return statSync(file).mtimeMs
  } catch {
    return 0
  }
}

// ── Programs of the system ──────────────────────────────────────────────────

function installTools() {
  const missing = Object.keys(PACKAGES).filter((name) => !find(name))
  if (missing.length === 0) return
  const manager = Object.keys(INSTALL).find((name) => find(name))
  if (!manager) {
    fail(
      NOT_MEASURED,
      `missing: ${missing.join(', ')}. Install nftables, iproute2 and util-linux, then try again.`,
    )
  }
  const packages = [...new Set(missing.map((name) => PACKAGES[name][manager]))]
  const commands = INSTALL[manager](packages)
  const lead = privilege()
  if (!lead) {
    const line = commands.map((c) => `sudo ${c.join(' ')}`).join(' && ')
    fail(NOT_MEASURED, `missing: ${missing.join(', ')}. Install with:\n  ${line}`)
  }
  for (const command of commands) runInstaller([...lead, ...command])
  const still = missing.filter((name) => !find(name))
  if (still.length > 0)
    fail(NOT_MEASURED, `still missing after the installation: ${still.join(', ')}`)
}

/** What a command is preceded by to run as root; undefined where that needs a password. */
function privilege() {
  if (process.geteuid?.() === 0) return []
  const sudo = find('sudo')
  if (sudo && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0) return [sudo, '-n']
  return undefined
}

function runInstaller(command) {
  say(command.join(' '))
  const run = spawnSync(command[0], command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (run.status !== 0) fail(NOT_MEASURED, `failed: ${command.join(' ')}`)
}

function find(name) {
  // NFTPROOF_PATH_ONLY is for those who want no other programs than their PATH's.
  const also = process.env.NFTPROOF_PATH_ONLY ? [] : ALSO
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...also]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function say(text) {
  process.stderr.write(`nftproof: ${text}\n`)
}

/** Ends the program; an exception, so that what was begun is cleaned up on the way. */
class Failure extends Error {
  constructor(code, text) {
    super(text)
    this.code = code
  }
}

function fail(code, text) {
  throw new Failure(code, text)
}

try {
  main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  say(error.message)
  process.exitCode = error.code
}
