/** Claim: every sample of the documents prints what its page shows, and ends with the code that it says. */
import { describe, expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.ts'
import { pagePaths, textOf } from './docs/pages.ts'
import { faultsIn, isRun, runSamples } from './docs/samples.ts'

describe('samples: node tools/docs.ts --record writes what they print now', () => {
  test.each(pagePaths().filter((page) => blocksOf(textOf(page)).some(isRun)))('%s', (page) => {
    const faults = faultsIn(runSamples(textOf(page)))
    expect(
      faults.map(({ line, command, problem }) => `${page}:${line}: ${command}: ${problem}`),
    ).toEqual([])
  })
})
