/** The first command where everything is there already. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bin, bootstrap, inBootstrapTree, program, root } from './testing/bootstrap-tree.ts'

inBootstrapTree()

describe('when everything is installed', () => {
  test('the job gets its arguments, and its exit code is returned', () => {
    const { status, stdout } = bootstrap(['conformance', 'default-egress', '--quiet'], {
      env: { JOB_CODE: '1' },
    })
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: '["run","default-egress","--quiet"]\n',
    })
  })

  test('the tests start only when their own programs are installed too', () => {
    program('git', 'exit 0')
    const { status, stderr } = bootstrap(['test'])
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/missing: iptables-legacy-restore/),
    })
    program('iptables-legacy-restore', 'exit 0')
    expect(bootstrap(['test'])).toMatchObject({ status: 0, stdout: '[]\n' })
  })

  test('a signal that ends the job is returned', () => {
    expect(bootstrap(['conformance'], { env: { JOB_SIGNAL: 'SIGTERM' } })).toMatchObject({
      signal: 'SIGTERM',
    })
  })

  test('the two hyphens before arguments are removed, as by npm', () => {
    expect(bootstrap(['conformance', '--', '--list']).stdout).toBe('["run","--list"]\n')
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s is passed to the job, which ends itself',
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
