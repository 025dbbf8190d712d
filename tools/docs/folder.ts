/** A folder for the samples of one page: the files that the page shows, and the shipped ones. */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { MAIN } from '../testing/command.ts'
import type { Step } from './session.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const SHIPPED = ['scenarios', 'examples', 'schemas']

export interface Ran extends Step {
  readonly code: number
}

/** Between the outputs of two commands: no program prints it. */
const MARK = '\u001e'

export class SampleFolder {
  readonly #home = mkdtempSync(join(tmpdir(), 'nftproof-docs-'))
  readonly #bin = join(this.#home, 'bin')
  readonly #work = join(this.#home, 'work')

  constructor() {
    for (const name of SHIPPED)
      cpSync(join(ROOT, name), join(this.#work, name), { recursive: true })
    mkdirSync(this.#bin)
    writeFileSync(
      join(this.#bin, 'nftproof'),
      `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
      {
        mode: 0o755,
      },
    )
  }

  write(name: string, lines: readonly string[]): void {
    const path = join(this.#work, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${lines.join('\n')}\n`)
  }

  /** The same commands, with what they print now. A shell reads what our own page says, and nothing else. */
  run(steps: readonly Step[]): Ran[] {
    const { stdout, error } = spawnSync('bash', ['-c', scriptOf(steps)], {
      cwd: this.#work,
      encoding: 'utf8',
      env: {
        PATH: `${this.#bin}:${process.env.PATH}`,
        HOME: this.#home,
        NO_COLOR: '1',
        LANG: 'C.UTF-8',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 << 20,
    })
    if (error) throw error
    const parts = stdout.split(MARK)
    return steps.map(({ command }, index) => {
      const lines = parts[2 * index]!.split('\n')
      return { command, output: lines.slice(0, -1), code: Number(parts[2 * index + 1]) }
    })
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** `$?` of a command is that of the one before it, as in a terminal. */
function scriptOf(steps: readonly Step[]): string {
  const one = ({ command }: Step): string =>
    `(exit $code); ${command}\ncode=$?; printf '${MARK}%s${MARK}' "$code"`
  return ['exec 2>&1', 'set -o pipefail', 'code=0', ...steps.map(one)].join('\n')
}
