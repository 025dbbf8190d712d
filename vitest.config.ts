import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { oldNode } from './tools/testing/node.ts'
import { LongestFirst } from './tools/testing/order.ts'
import { LEFT_OUT, ROOT_ONLY } from './tools/testing/rootless.ts'

// An error thrown here would be printed with vitest's own stack.
const refusal = oldNode(process.versions.node)
if (refusal !== undefined) {
  process.stderr.write(`${refusal}\n`)
  process.exit(2)
}

const isRoot = process.geteuid?.() === 0
const rootOnly = isRoot ? [] : Object.keys(ROOT_ONLY)
const leftOut = [
  ...(process.env.NFTPROOF_TEST_RUN === 'second' ? Object.keys(LEFT_OUT) : []),
  ...rootOnly,
]

// Enough for a slow machine that is busy besides: ten times what a quiet one
// needs. Only a test that hangs waits for it.
const patience = { testTimeout: 1_800_000, hookTimeout: 900_000 }
const setupFiles = ['tools/testing/setup.ts']

// `containers` needs an engine, which its set-up starts where none is named.
const containers = {
  test: {
    name: 'containers',
    include: ['**/*.container.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**'],
    globalSetup: ['tools/container/engine.ts'],
    ...patience,
    setupFiles,
    // They look at everything that the engine has.
    maxWorkers: 1,
    sequence: { groupOrder: 1 },
  },
}

// More files at once than processors: a test waits for the kernel or for a
// program about half of its time (docs/decisions/0031).
const maxWorkers = availableParallelism() + 1

// Their tests change the environment, the namespaces or the registered kinds of their process.
const ownProcess = [
  'harness/{confine,firewall,kernel,provider,sandbox,supervisor,system}/**/*.netns.test.ts',
]

// `pure` and `unit` run anywhere; `netns` and `netns-own` need Linux and the sandbox.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'pure',
          include: ['src/**/*.test.ts'],
          exclude: ['**/*.netns.test.ts'],
          ...patience,
          setupFiles,
          maxWorkers,
          // src/ has no effects, so one process runs many files and reads the program once.
          isolate: false,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            'src/**',
            '**/*.netns.test.ts',
            '**/*.container.test.ts',
            '**/node_modules/**',
            'dist/**',
            ...rootOnly,
          ],
          ...patience,
          setupFiles,
          maxWorkers,
          isolate: false,
        },
      },
      {
        test: {
          name: 'netns',
          include: ['**/*.netns.test.ts'],
          exclude: ['**/node_modules/**', 'dist/**', ...leftOut, ...ownProcess],
          ...patience,
          setupFiles,
          maxWorkers,
          // One process runs many files, and reads and compiles the program once.
          isolate: false,
        },
      },
      {
        test: {
          name: 'netns-own',
          include: ownProcess,
          exclude: leftOut,
          ...patience,
          setupFiles,
          maxWorkers,
        },
      },
      ...(isRoot ? [containers] : []),
    ],
  },
})
