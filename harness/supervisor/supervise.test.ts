import { afterEach, expect, test, vi } from 'vitest'
import { canSupervise, SUPERVISED } from './supervise.ts'

afterEach(() => vi.unstubAllEnvs())

test.each<[string, string[], boolean]>([
  ['a run', ['run', 'default-egress'], true],
  ['a comparison', ['diff', 'a.nft', 'b.nft'], true],
  ['a list, which is printed at once', ['run', '--list'], false],
  ['a list of some scenarios', ['run', 'grants', '--list', '--at', '2026-01-01'], false],
  ['what catches no signals', ['show', 'latest'], false],
  ['nothing', [], false],
])('%s has a supervisor, or not', (_, words, isSupervised) => {
  vi.stubEnv(SUPERVISED, undefined)
  expect(canSupervise(words)).toBe(isSupervised)
})

test('a command that has a supervisor gets no second one', () => {
  vi.stubEnv(SUPERVISED, '1')
  expect(canSupervise(['run'])).toBe(false)
})
