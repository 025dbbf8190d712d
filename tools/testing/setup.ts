/**
 * Before the tests of every file: sandboxes start from the built files, where there are some, and
 * after a failure there is time to tell of it. vitest
 * gathers what it reports for a tenth of a second, and a test that waits for a
 * program synchronously would keep it from being sent for as long.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach } from 'vitest'
import { startModulesOf } from '../../harness/system/module-url.ts'
import { endFile } from './after-file.ts'
import { BUILT_FOLDER } from './command.ts'

// The sandboxes of tests that open labs themselves, some hundreds.
if (BUILT_FOLDER !== undefined) startModulesOf(BUILT_FOLDER)

// The same cases in every run: a rare fault must not turn an unrelated change red.
// NFTPROOF_TEST_SEED=random looks for new ones, a number repeats them.
const { NFTPROOF_TEST_SEED: seed = '20261128' } = process.env
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })

const GATHERED_MS = 200
let failed = false

afterAll(endFile)

beforeEach(async () => {
  if (failed) await sleep(GATHERED_MS)
  failed = false
})

afterEach(({ task }) => {
  failed = task.result?.state === 'fail'
})
