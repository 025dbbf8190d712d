/** Programs of an interrupted run are ended, and others are not. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endProcessesOf } from './leftovers.ts'

const FOLDER = `/nowhere/nftproof-leftovers-${process.pid}`
const OTHER = `${FOLDER.slice(0, -1)}-other`

test('a program with the folder in its environment is ended; another one goes on', async () => {
  const [mine, other] = [FOLDER, OTHER].map((Tmpdir) =>
    spawn('sleep', ['600'], { env: { ...process.env, TMPDIR: Tmpdir }, stdio: 'ignore' }),
  )
  const ended = once(mine!, 'close')
  await Promise.all([once(mine!, 'spawn'), once(other!, 'spawn')])
  await endProcessesOf(FOLDER)
  expect(await ended).toEqual([null, 'SIGTERM'])
  expect(other!.exitCode ?? other!.signalCode).toBeNull()
  other!.kill('SIGKILL')
})
