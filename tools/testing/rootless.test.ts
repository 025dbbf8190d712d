/** The tables that name test files name such as there are. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LONGEST } from './order.ts'
import { LEFT_OUT, ROOT_ONLY } from './rootless.ts'

const ROOT = new URL('../..', import.meta.url).pathname

test.each([...Object.keys(LEFT_OUT), ...Object.keys(ROOT_ONLY), ...LONGEST])(
  '%s exists',
  (file) => {
    expect(existsSync(join(ROOT, file))).toBe(true)
  },
)

test('every reason names tests that run in its place', () => {
  for (const reason of Object.values(LEFT_OUT)) {
    const named = [...reason.matchAll(/([\w/-]+\.netns)/g)].map((m) => `harness/${m[1]}.test.ts`)
    expect(reason).toMatch(/[\w/-]+\.netns/)
    for (const file of named)
      expect({ file, runs: existsSync(join(ROOT, file)) && !(file in LEFT_OUT) }).toEqual({
        file,
        runs: true,
      })
  }
})
