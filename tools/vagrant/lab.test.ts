/**
 * The Vagrant lab as far as it can be tested without virtual machines: its
 * Vagrantfile is valid, and commands are passed on (provisioning: bare-root.test.ts).
 * `npm run lab:verify` brings the machines up.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { withoutRunIn } from '../../harness/delegate/arguments.ts'
import { inVagrant } from '../../harness/delegate/vagrant.ts'
import { describeUnless } from '../testing/describe-unless.ts'

const PROJECT = new URL('../..', import.meta.url).pathname
const HAVE_VAGRANT = spawnSync('vagrant', ['--version']).status === 0
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
