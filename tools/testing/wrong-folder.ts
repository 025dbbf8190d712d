/** For tests of the command: a folder of the test file's own, in it a ruleset that opens a forbidden port. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { FAULTS } from './faults.ts'
import { rulesetOf } from './ruleset.ts'

/** Few ports, the wrong one among them. */
export const QUICK = [
  ...['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30'],
]

export let folder: string
export let wrong: string

/** Call it at the top of a file. */
export function inWrongFolder(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nftproof-cli-'))
    wrong = join(folder, 'wrong.nft')
    writeFileSync(wrong, rulesetOf(FAULTS[0]!.parts))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}
