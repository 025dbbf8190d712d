/**
 * The unprivileged user of the tests where they run as root in CI: one with ids of
 * its own (subuid(5)), because rootless Podman has users of its own in a container.
 * A machine of somebody's gets no new user: there NFTPROOF_TEST_USER names one.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fail, NOT_MEASURED } from './child.mjs'

const NAME = 'nftproof-ci'
const FIRST_ID = 400_000
const LAST_ID = 465_535

export function makeTestUser() {
  if (!process.env.CI || process.env.NFTPROOF_TEST_USER || process.geteuid?.() !== 0) return
  if (!isNamedIn('/etc/passwd'))
    run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME])
  for (const [file, option] of [
    ['/etc/subuid', '--add-subuids'],
    ['/etc/subgid', '--add-subgids'],
  ])
    if (!isNamedIn(file)) run('usermod', [option, `${FIRST_ID}-${LAST_ID}`, NAME])
  process.env.NFTPROOF_TEST_USER = NAME
}

function isNamedIn(file) {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${NAME}:`))
  } catch {
    return false
  }
}

function run(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === 0) return
  const why = error?.message ?? stderr.trim()
  fail(NOT_MEASURED, `the user of the tests could not be made: ${program}: ${why}`)
}
