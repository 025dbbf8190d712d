/**
 * The sandbox of a file's tests. A comparison leaves its labs to the sandbox's
 * end, and the kernel walks what they left (flows, sockets) for each later one:
 * after a few tests a new sandbox costs less than the old one's burden.
 */
import { afterAll, beforeEach } from 'vitest'
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'

const TESTS_OF_ONE = 20

/** Call it at the top of a file; what it returns is the sandbox of the test that runs. */
export function sharedSandbox(workers: number): () => Sandbox {
  let sandbox: Sandbox | undefined
  let tests = 0
  beforeEach(async () => {
    if (tests++ % TESTS_OF_ONE !== 0) return
    await sandbox?.close()
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers })
  })
  afterAll(() => sandbox?.close())
  return () => sandbox!
}
