import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { canSupervise, SUPERVISED } from './watched.ts'

afterEach(() => vi.unstubAllEnvs())

const folder = mkdtempSync(join(tmpdir(), 'nftproof-watched-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const [large, small] = ['large', 'small'].map((name) => join(folder, name, 'x.yaml')) as [
  string,
  string,
]
for (const file of [large, small]) {
  mkdirSync(join(file, '..'))
  writeFileSync(file, '')
}
truncateSync(large, 2 << 20)

test.each<[string, string[], boolean]>([
  ['a run', ['run', 'default-egress'], true],
  ['a comparison', ['diff', 'a.nft', 'b.nft'], true],
  ['an explanation', ['explain', 'a.nft', 'a', 'b', 'tcp/1'], true],
  ['a matrix', ['matrix', 'a', 'b'], true],
  ['a review, which measures', ['request', 'review', 'x.yaml'], true],
  ['a list, which is printed at once', ['run', '--list'], false],
  ['a list of some scenarios', ['run', 'grants', '--list', '--at', '2026-01-01'], false],
  ['a small file', ['compile', small], false],
  ['a large file', ['compile', large], true],
  ['a large file of an option', ['compile', small, `--base=${large}`], true],
  ['a folder with a large file', ['merge', join(large, '..')], true],
  ['a folder without one', ['merge', join(small, '..')], false],
  ['a file that does not exist', ['policy', 'show', join(folder, 'none')], false],
  ['an impossible name', ['policy', 'show', 'a\0b'], false],
  ['the check of the machine', ['doctor', large], false],
  ['nothing', [], false],
])('%s has a supervisor, or not', (_, words, isSupervised) => {
  vi.stubEnv(SUPERVISED, undefined)
  expect(canSupervise(words)).toBe(isSupervised && process.platform === 'linux')
})

test('a command that has a supervisor gets no second one', () => {
  vi.stubEnv(SUPERVISED, '1')
  expect(canSupervise(['run'])).toBe(false)
})
