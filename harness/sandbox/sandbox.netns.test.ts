/** A sandbox may be closed at any moment of its beginning: that ends it, and whoever waits for that. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mustBeRootless, Sandbox } from './sandbox.ts'

const TIMES = 40
/** A sandbox is ready within this. */
const MOMENTS_MS = 40

test('closed at any moment it ends, and says so to whoever waited for it', async () => {
  for (let i = 0; i < TIMES; i++) {
    const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    const opened = sandbox.openLab({ family: 4, zones: [] }).catch((error: Error) => error.message)
    await sleep((i / TIMES) * MOMENTS_MS)
    await sandbox.close()
    const said = await opened
    if (typeof said === 'string') expect(said).toBe('the sandbox was closed')
  }
})
