/**
 * The Vagrant lab as far as it can be tested without virtual machines: its
 * Vagrantfile is valid, and provisioning makes a bare Debian ready, once.
 * `npm run lab:verify` brings the machines up.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutRunIn } from '../../harness/delegate/arguments.ts'
import { inVagrant } from '../../harness/delegate/vagrant.ts'
import { describeUnless } from '../testing/describe-unless.ts'

const PROJECT = new URL('../..', import.meta.url).pathname
const HAVE_VAGRANT = spawnSync('vagrant', ['--version']).status === 0
const isRoot = process.geteuid?.() === 0
const home = mkdtempSync(join(tmpdir(), 'nftproof-vagrant-'))

afterAll(() => rmSync(home, { recursive: true, force: true }))

// The gate installs Vagrant; without it the other tests run all the same.
describeUnless(HAVE_VAGRANT ? undefined : 'vagrant is not installed', 'the Vagrantfile', () => {
  test('the Vagrantfile is valid', () => {
    const { status, stdout, stderr } = spawnSync(
      'vagrant',
      ['validate', '--ignore-provider', '--no-color'],
      {
        cwd: PROJECT,
        encoding: 'utf8',
        env: { ...process.env, VAGRANT_HOME: home, VAGRANT_DOTFILE_PATH: join(home, 'dot') },
      },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('validated successfully')
  })
})

describeUnless(
  isRoot ? undefined : 'only root can chroot',
  'provisioning a bare root file system',
  () => {
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
      expect(first.stdout).toMatch(
        /changed: .*preferences\.d\/nftproof, .*nftables, .*bin\/nftproof/,
      )
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
  },
)

describe('run --run-in vagrant', () => {
  test('passes its arguments on, without the option itself', () => {
    expect(withoutRunIn(['run', '--run-in', 'vagrant', 'a', '--quiet'])).toEqual([
      'run',
      'a',
      '--quiet',
    ])
    expect(withoutRunIn(['run', '--run-in=vagrant', '--reporter', 'junit=j.xml'])).toEqual([
      'run',
      '--reporter',
      'junit=j.xml',
    ])
  })

  test.each(['/tmp/out', '../out'])(
    'refuses to write to a folder that the machine does not have: %s',
    async (out) => {
      await expect(inVagrant(['run'], { out, files: [], save: true })).rejects.toThrow(
        'must be a path in this folder',
      )
    },
  )
})
