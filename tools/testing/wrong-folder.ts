/** For tests of the command: a folder of the test file's own, in it a ruleset that opens a forbidden port. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { FAULTS } from './faults.ts'
import { rulesetOf } from './ruleset.ts'

/** Few ports, the wrong one among them. */
export const QUICK = [
  ...['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30'],
]

export const folder = mkdtempSync(join(tmpdir(), 'nftproof-cli-'))
export const wrong = join(folder, 'wrong.nft')
writeFileSync(wrong, rulesetOf(FAULTS[0]!.parts))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
