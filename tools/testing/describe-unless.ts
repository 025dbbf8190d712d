/** Tests that this machine cannot run are skipped with the reason, which at-once.ts prints; in CI a skip fails (counts.ts). */
import { describe, test } from 'vitest'

/** `why` is undefined where they can run. Nothing of `tests` is called otherwise, its hooks included. */
export function describeUnless(why: string | undefined, name: string, tests: () => void): void {
  describe(name, why === undefined ? tests : () => test('all of them', ({ skip }) => skip(why)))
}
