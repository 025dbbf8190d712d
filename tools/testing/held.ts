/** Programs that stop at a stage which they reach, until the test has done there what it wants to do. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../../harness/contract/stage.ts'
import { findProgram, type Program } from '../../harness/system/find-program.ts'

/** Variables by which hold.ts knows the stage and the folder. */
export const STAGE = 'NFTPROOF_TEST_STAGE'
export const HOLDS = 'NFTPROOF_TEST_HOLDS'
/** Files of that folder: written at the stage; waited for while it is there. */
export const REACHED = 'reached'
export const HOLD = 'hold'

const PRELOAD = new URL('hold.ts', import.meta.url).href
const POLL_MS = 10

/** A stage of our own program, or the call of another one, which is found by the PATH. */
export type Moment =
  | Stage
  | {
      readonly calls: Program
      /** Only where its arguments begin with these words. */
      readonly with?: string
    }

export class Hold {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nftproof-hold-'))
  /** What a program is started with to stop there, and all that it starts. */
  readonly env: Readonly<Record<string, string>>
  readonly #name: string

  constructor(moment: Moment) {
    writeFileSync(join(this.#folder, HOLD), '')
    chmodSync(this.#folder, 0o755)
    this.#name = typeof moment === 'string' ? moment : moment.calls
    this.env =
      typeof moment === 'string'
        ? { NODE_OPTIONS: `--import=${PRELOAD}`, [STAGE]: moment, [HOLDS]: this.#folder }
        : { PATH: `${this.#waiting(moment.calls, moment.with)}:${process.env.PATH}` }
  }

  /** Folder of a program that waits before it does what the one of its name does. */
  #waiting(program: Program, words = ''): string {
    const [reached, hold] = [REACHED, HOLD].map((name) => join(this.#folder, name))
    const path = join(this.#folder, program)
    const wait = `touch '${reached}'; while [ -e '${hold}' ]; do sleep 0.01; done`
    const there = `case "$*" in '${words}'*) ${wait};; esac`
    writeFileSync(path, `#!/bin/sh\n${there}\nexec '${findProgram(program)}' "$@"\n`)
    chmodSync(path, 0o755)
    return this.#folder
  }

  /** Resolves when a thread stands at the stage. `ended` says why none ever will; undefined while one may. */
  async reached(ended: () => string | undefined): Promise<void> {
    while (!existsSync(join(this.#folder, REACHED))) {
      const why = ended()
      if (why !== undefined) throw new Error(`"${this.#name}" was not reached: ${why}`)
      await sleep(POLL_MS)
    }
  }

  release(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
