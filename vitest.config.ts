import { defineConfig } from 'vitest/config'
import { LongestFirst } from './harness/testing/order.ts'
import { LEFT_OUT, ROOT_ONLY } from './harness/testing/rootless.ts'

const isRoot = process.geteuid?.() === 0
const leftOut = [
  ...(process.env.NFTPROOF_TEST_RUN === 'second' ? Object.keys(LEFT_OUT) : []),
  ...(isRoot ? [] : Object.keys(ROOT_ONLY)),
]

// `containers` needs an engine, which its set-up starts where none is named.
const containers = {
  test: {
    name: 'containers',
    include: ['**/*.container.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**'],
    globalSetup: ['harness/container/engine.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // They look at everything that the engine has.
    maxWorkers: 1,
    sequence: { groupOrder: 2 },
  },
}

// `unit` runs anywhere; `netns` needs Linux and the sandbox. Tests of the second
// kind measure: two files at a time, so that one computes while the other waits
// for the kernel, and more would only starve each other.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            '**/*.netns.test.ts',
            '**/*.container.test.ts',
            '**/node_modules/**',
            'dist/**',
          ],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['**/*.netns.test.ts'],
          exclude: ['**/node_modules/**', 'dist/**', ...leftOut],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      ...(isRoot ? [containers] : []),
    ],
  },
})
