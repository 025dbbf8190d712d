/**
 * Makes a fresh clone ready and starts its main job or its tests:
 *
 *     node tools/bootstrap.mjs conformance [--] [ARGS…]
 *     node tools/bootstrap.mjs test
 *     node tools/bootstrap.mjs provision [--pinned]
 *     node tools/bootstrap.mjs fresh [conformance|test …]
 *
 * Plain JavaScript without dependencies, for Node 18 and later: it runs before
 * anything is installed. Installs what is missing, then goes on under the Node
 * that the project brings along.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BAD_USAGE, Failure, fail, NOT_MEASURED, Signal, say, start } from './bootstrap/child.mjs'
import { installPackages } from './bootstrap/packages.mjs'
import { installPrograms } from './bootstrap/programs.mjs'
import { makeTestUser } from './bootstrap/user.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const JOBS = {
  conformance: ['harness/cli/main.ts', 'run'],
  test: ['tools/testing/all.ts'],
  provision: ['tools/vagrant/provision.ts'],
  fresh: ['tools/fresh/main.ts'],
}

async function main() {
  const [job, ...given] = process.argv.slice(2)
  if (!Object.hasOwn(JOBS, job ?? '')) {
    fail(BAD_USAGE, `usage: node tools/bootstrap.mjs ${Object.keys(JOBS).join('|')} [ARGS…]`)
  }
  await installPackages(ROOT)
  // Provisioning installs programs by itself, of pinned versions.
  if (job !== 'provision') await installPrograms(ROOT, job)
  if (job === 'test') makeTestUser()
  const node = join(ROOT, 'node_modules/.bin/node')
  const [script, ...first] = JOBS[job]
  // npm takes the `--` before its arguments away; who calls this file does not.
  const args = given[0] === '--' ? given.slice(1) : given
  const run = await start([node, join(ROOT, script), ...first, ...args], { stdio: 'inherit' })
  if (run.error) fail(NOT_MEASURED, `${node} could not be started: ${run.error.message}`)
  process.exitCode = run.status ?? NOT_MEASURED
}

try {
  await main()
} catch (error) {
  if (error instanceof Signal) process.kill(process.pid, error.name)
  else if (error instanceof Failure) {
    say(error.message)
    process.exitCode = error.code
  } else throw error
}
