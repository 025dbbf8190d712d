/**
 * Before the tests of every file: after a failure, time to tell of it. vitest
 * gathers what it reports for a tenth of a second, and a test that waits for a
 * program synchronously would keep it from being sent for as long.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach } from 'vitest'

const GATHERED_MS = 200
let failed = false

beforeEach(async () => {
  if (failed) await sleep(GATHERED_MS)
  failed = false
})

afterEach(({ task }) => {
  failed = task.result?.state === 'fail'
})
