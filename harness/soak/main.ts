/**
 * `npm run soak [-- CASES [SEED]]`: random policies, each compiled and swept over
 * everything; what `decide` says must be what the kernel does. Stops at the first
 * that disagrees and prints the seed that makes it again.
 */
import fc from 'fast-check'
import { policies } from '../../src/policy/fixtures.ts'
import { disagreements } from '../testing/agreement.ts'

const cases = Number(process.argv[2] ?? 100)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
process.stdout.write(`${cases} random policies, seed ${seed}\n`)

let done = 0
for (const policy of fc.sample(policies, { numRuns: cases, seed })) {
  const found = await disagreements(policy)
  done++
  if (found.length > 0) {
    process.stdout.write(`case ${done} disagrees:\n${found.slice(0, 20).join('\n')}\n`)
    process.stdout.write(`again: npm run soak -- ${done} ${seed}\n`)
    process.exit(1)
  }
  if (done % 10 === 0) process.stdout.write(` ${done} agree\n`)
}
process.stdout.write(`${done} passed, 0 failed\n`)
