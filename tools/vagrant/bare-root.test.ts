/** Provisioning makes a bare Debian ready, once. Only root can enter one (tools/testing/rootless.ts). */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const PROJECT = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'nftproof-provision-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const root = join(home, 'root')

beforeAll(() => {
  const release = execFileSync('sh', ['-c', '. /etc/os-release; echo $VERSION_CODENAME'])
  execFileSync('mmdebstrap', ['--quiet', '--variant=apt', `${release}`.trim(), root], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
})

// Its mounts end with the namespace that they are made in.
const provision = (...args: readonly string[]) =>
  spawnSync(
    'unshare',
    [
      '--mount',
      'sh',
      '-c',
      `mkdir -p "$1/project" && mount --bind "$2" "$1/project" && mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" &&
     cp /etc/resolv.conf "$1/etc/" && r=$1 && n=$3 && shift 3 && touch "$r/node" && mount --bind "$n" "$r/node" &&
     exec chroot "$r" /node /project/tools/vagrant/provision.ts "$@"`,
      'sh',
      root,
      PROJECT,
      process.execPath,
      ...args,
    ],
    { encoding: 'utf8', env: { ...process.env, NODE_EXTRA_CA_CERTS: '' } },
  )

test('provisioning installs missing programs, then changes nothing', () => {
  const first = provision()
  expect({ code: first.status, err: first.stderr }).toEqual({ code: 0, err: '' })
  expect(first.stdout).toMatch(/changed: .*preferences\.d\/nftproof, .*nftables, .*bin\/nftproof/)
  expect(existsSync(join(root, 'usr/sbin/nft'))).toBe(true)
  const second = provision()
  expect({ code: second.status, out: second.stdout }).toEqual({
    code: 0,
    out: expect.stringContaining('provision: nothing to change'),
  })
})

test('provisioning refuses an unknown release', () => {
  execFileSync('sed', [
    '-i',
    's/^VERSION_CODENAME=.*/VERSION_CODENAME=woody/',
    `${root}/etc/os-release`,
  ])
  expect(provision()).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('Debian bookworm or trixie is needed, not woody'),
  })
})
