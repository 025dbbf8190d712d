/**
 * Makes a Debian machine ready for nftproof: a VM of the Vagrant lab, or any
 * bare one. Changes only what is missing, and says what that was:
 *
 *     node tools/bootstrap.mjs provision [--pinned]
 *
 * `--pinned` ends with 3 where the running kernel is of another series than the
 * release's own. Needs root. The bootstrap has installed the project's packages
 * by then, its Node 24 among them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { $ } from 'zx'
import { debianPackages, RUN_PROGRAMS } from '../../harness/system/find-program.ts'

/** What each release brings, and is kept at. */
const SERIES: Readonly<Record<string, { readonly kernel: string; readonly nft: string }>> = {
  bookworm: { kernel: '6.1', nft: '1.0' },
  trixie: { kernel: '6.12', nft: '1.1' },
}
/** Everything that measuring calls, and what the machines set their links up with. */
const PACKAGES = debianPackages([...RUN_PROGRAMS, 'sysctl'])
const PINS = '/etc/apt/preferences.d/nftproof'
const COMMAND = '/usr/local/bin/nftproof'
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const NOT_MEASURED = 3

const changed: string[] = []

async function main(): Promise<void> {
  if (process.geteuid?.() !== 0) throw new Error('provisioning needs root (sudo)')
  const release = readRelease()
  const series = SERIES[release]
  if (!series)
    throw new Error(`Debian ${Object.keys(SERIES).join(' or ')} is needed, not ${release}`)
  put(PINS, pins(series), 0o644)
  await install()
  put(COMMAND, WRAPPER, 0o755)
  await check(series)
  say(changed.length === 0 ? 'nothing to change' : `changed: ${changed.join(', ')}`)
}

function readRelease(): string {
  const text = readFileSync('/etc/os-release', 'utf8')
  return /^VERSION_CODENAME="?(\w+)/m.exec(text)?.[1] ?? 'an unknown release'
}

/** Above 1000, so that no other series takes its place (apt_preferences(5)). */
function pins({ kernel, nft }: { readonly kernel: string; readonly nft: string }): string {
  const pin = (packages: string, version: string): string =>
    `Package: ${packages}\nPin: version ${version}\nPin-Priority: 1001\n`
  return [
    pin('nftables libnftables1', `${nft}.*`),
    pin('linux-image-amd64 linux-image-arm64', `${kernel}.*`),
  ].join('\n')
}

const WRAPPER = `#!/bin/sh
exec '${ROOT}/node_modules/.bin/node' '${ROOT}/harness/cli/main.ts' "$@"
`

function put(path: string, text: string, mode: number): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode })
  changed.push(path)
}

async function install(): Promise<void> {
  const known = await $({ nothrow: true, quiet: true })`dpkg-query -W -f=${FORMAT} ${PACKAGES}`
  const there = new Set(known.stdout.split('\n'))
  const missing = PACKAGES.filter((name) => !there.has(`${name} install ok installed`))
  if (missing.length === 0) return
  const quiet = $({ quiet: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  await quiet`apt-get update -q`
  await quiet`apt-get install -y -q --no-install-recommends ${missing}`
  changed.push(...missing)
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
const FORMAT = '${Package} ${Status}\n'

async function check({
  kernel,
  nft,
}: {
  readonly kernel: string
  readonly nft: string
}): Promise<void> {
  const running = (await $({ quiet: true })`uname -r`).stdout.trim()
  const version = (await $({ quiet: true })`nft --version`).stdout.trim()
  say(`kernel ${running}, ${version}, Node ${process.version}`)
  if (!version.includes(` v${nft}.`)) throw new Error(`nft ${nft} was wanted, there is ${version}`)
  if (running.startsWith(`${kernel}.`)) return
  const words = `kernel ${kernel} was wanted, ${running} is running`
  if (process.argv.includes('--pinned')) throw new Error(words)
  say(words)
}

const say = (text: string): void => void process.stdout.write(`provision: ${text}\n`)

try {
  await main()
} catch (error) {
  process.stderr.write(`provision: ${(error as Error).message.trim()}\n`)
  process.exitCode = NOT_MEASURED
}
