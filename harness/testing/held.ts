/** Programs that stop at a stage which they reach, until the test has done there what it wants to do. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../stage.ts'

/** Variables by which hold.ts knows the stage and the folder. */
export const STAGE = 'NFTPROOF_TEST_STAGE'
export const HOLDS = 'NFTPROOF_TEST_HOLDS'
/** Files of that folder: written at the stage; waited for while it is there. */
export const REACHED = 'reached'
export const HOLD = 'hold'

const PRELOAD = new URL('hold.ts', import.meta.url).href
const POLL_MS = 10

export class Hold {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nftproof-hold-'))
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
    writeFileSync(join(this.#folder, HOLD), '')
  }

  /** What a program is started with to stop there, and all that it starts. */
  get env(): Record<string, string> {
    return {
      NODE_OPTIONS: `--import=${PRELOAD}`,
      [STAGE]: this.#stage,
      [HOLDS]: this.#folder,
    }
  }

  /** Resolves when a thread stands at the stage. `ended` says why none ever will; undefined while one may. */
  async reached(ended: () => string | undefined): Promise<void> {
    while (!existsSync(join(this.#folder, REACHED))) {
      const why = ended()
      if (why !== undefined) throw new Error(`the stage "${this.#stage}" was not reached: ${why}`)
      await sleep(POLL_MS)
    }
  }

  release(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
