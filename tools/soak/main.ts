/**
 * `npm run soak [-- CASES [SEED]]`: random policies and grants, each compiled and
 * swept; what `decide` says must be what the kernel does. The first that disagrees
 * is shrunk, kept as a regression, and printed with the seed that makes it again.
 */
import { tryCases } from '../testing/cases.ts'

const cases = Number(process.argv[2] ?? 2000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
process.stdout.write(`${cases} random policies with grants, seed ${seed}\n`)

let agreed = 0
const wrong = await tryCases({
  numRuns: cases,
  everyPort: true,
  seed,
  onCase: (count) => {
    agreed = count
    if (count % 20 === 0) process.stdout.write(` ${count} agree\n`)
  },
})
if (wrong === undefined) process.stdout.write(`${agreed} passed, 0 failed\n`)
else {
  process.stdout.write(`a case disagrees:\n${wrong}\nagain: npm run soak -- ${cases} ${seed}\n`)
  process.exitCode = 1
}
