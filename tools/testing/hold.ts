/** Loaded before the program (`node --import`): stops each of its threads that reaches the named stage until it is released. */
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, writeFileSync } from 'node:fs'
import { STAGES } from '../../harness/contract/stage.ts'
import { HOLD, HOLDS, REACHED, STAGE } from './held.ts'

const POLL_MS = 5
const never = new Int32Array(new SharedArrayBuffer(4))
const folder = process.env[HOLDS]

// Synchronous: nothing else happens in this thread meanwhile. The folder's end
// is a release, so that no process outlives the test that holds it.
if (folder !== undefined)
  subscribe(STAGES, (stage) => {
    if (stage !== process.env[STAGE]) return
    writeFileSync(`${folder}/${REACHED}`, '')
    while (existsSync(`${folder}/${HOLD}`)) Atomics.wait(never, 0, 0, POLL_MS)
  })
