/** Claim: every sample of the documents prints what its page shows, and ends with the code that it says. */
import { describe, expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.ts'
import { pagePaths, pageText } from './docs/pages.ts'
import { isRun, runSamples, sampleFaults } from './docs/samples.ts'

describe('samples of the documents are current (update: node tools/docs.ts --record)', () => {
  test.each(pagePaths().filter((page) => blocksOf(pageText(page)).some(isRun)))('%s', (page) => {
    const faults = sampleFaults(runSamples(pageText(page)))
    expect(
      faults.map(({ line, command, problem }) => `${page}:${line}: ${command}: ${problem}`),
    ).toEqual([])
  })
})
