/** The system's programs that nftproof calls, installed by the machine's package manager where that is allowed. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { fail, NOT_MEASURED, prepare, say } from './child.mjs'

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

/** What the tests call besides: firewalls of every kind, and those in a git revision. */
const FOR_TESTS = {
  'iptables-legacy-restore': {
    'apt-get': 'iptables',
    dnf: 'iptables-legacy',
    pacman: 'iptables',
    apk: 'iptables-legacy',
  },
  git: { 'apt-get': 'git', dnf: 'git', pacman: 'git', apk: 'git' },
}

/** Tests of containers, which only root runs, start an engine and make their images from Debian's packages. */
const FOR_CONTAINERS = {
  docker: { 'apt-get': 'docker.io' },
  dockerd: { 'apt-get': 'docker.io' },
  mmdebstrap: { 'apt-get': 'mmdebstrap' },
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

export async function installPrograms(command) {
  const wanted = command === 'test' ? { ...PACKAGES, ...FOR_TESTS, ...forContainers() } : PACKAGES
  const missing = Object.keys(wanted).filter((name) => !find(name))
  if (missing.length === 0) return
  const manager = Object.keys(INSTALL).find((name) => find(name))
  if (!manager) {
    fail(
      NOT_MEASURED,
      `missing: ${missing.join(', ')}. Install nftables, iproute2 and util-linux, then try again.`,
    )
  }
  const packages = [...new Set(missing.map((name) => wanted[name][manager]))]
  const commands = INSTALL[manager](packages)
  const lead = privilege()
  if (!lead) {
    const line = commands.map((c) => `sudo ${c.join(' ')}`).join(' && ')
    fail(NOT_MEASURED, `missing: ${missing.join(', ')}. Install with:\n  ${line}`)
  }
  for (const command of commands) await runInstaller([...lead, ...command])
  const still = missing.filter((name) => !find(name))
  if (still.length > 0)
    fail(NOT_MEASURED, `still missing after the installation: ${still.join(', ')}`)
}

function forContainers() {
  return process.geteuid?.() === 0 && find('apt-get') ? FOR_CONTAINERS : {}
}

/** What a command is preceded by to run as root; undefined where that needs a password. */
function privilege() {
  if (process.geteuid?.() === 0) return []
  const sudo = find('sudo')
  if (sudo && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0) return [sudo, '-n']
  return undefined
}

async function runInstaller(command) {
  say(command.join(' '))
  const run = await prepare(command, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (run.status === 0) return
  process.stderr.write(run.output ?? '')
  const why = run.error ? run.error.message : 'its output is above'
  fail(NOT_MEASURED, `failed: ${command.join(' ')} (${why})`)
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
    // BusyBox has programs of these names that lack the options used here.
    return basename(realpathSync(path)) !== 'busybox'
  } catch {
    return false
  }
}
