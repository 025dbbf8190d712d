/** Random policies: what is decided of every number is what the kernel does. `npm run soak` tries many more. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { policies } from '../src/policy/fixtures.ts'
import { disagreements } from './testing/agreement.ts'

const CASES = 6

test(`the kernel agrees with decide on every number of ${CASES} random policies`, async () => {
  await fc.assert(
    fc.asyncProperty(policies, async (policy) => {
      expect(await disagreements(policy)).toEqual([])
    }),
    { numRuns: CASES, endOnFailure: true },
  )
})
