/** Tests that a machine cannot run say so; where CI is set they fail instead. */
import { test } from 'vitest'

/** `test`, or its skipping where the condition does not hold: the reason stands in the title and in the output. */
export function testIf(condition: boolean, reason: string): typeof test {
  if (condition) return test
  if (process.env.CI) {
    return ((title: string) =>
      test(title, () => {
        throw new Error(`cannot run here: ${reason}`)
      })) as unknown as typeof test
  }
  process.stderr.write(`skipped: ${reason}\n`)
  return test.skip as unknown as typeof test
}
