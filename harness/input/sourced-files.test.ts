/** The files that a script reads from its own folder. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sourcedFiles } from './sourced-files.ts'

const outer = mkdtempSync(join(tmpdir(), 'nftproof-sourced-'))
afterAll(() => rmSync(outer, { recursive: true, force: true }))
const folder = join(outer, 'own')
mkdirSync(join(folder, 'lib'), { recursive: true })
writeFileSync(join(folder, 'lib', 'a.sh'), '. ./b.sh\n')
writeFileSync(join(folder, 'b.sh'), 'modprobe b\n')
writeFileSync(join(outer, 'other.sh'), 'modprobe other\n')
symlinkSync(join(outer, 'other.sh'), join(folder, 'link.sh'))

const words = (...lines: string[]): string[] =>
  sourcedFiles(lines.join('\n'), folder).map(({ text }) => text.trim())

test.each([
  '. lib/a.sh',
  'source ./lib/a.sh',
  '[ -r lib/a.sh ] && . "./lib/a.sh"',
  '. "$(dirname "$0")/lib/a.sh"',
  '. $(dirname $0)/lib/a.sh',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
  'source "${BASH_SOURCE%/*}/lib/a.sh"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
  'source "$(dirname "${BASH_SOURCE[0]}")/lib/a.sh"',
  'if true; then . lib/a.sh; fi',
])('are found, with the files that they read: %s', (line) => {
  expect(words(line)).toEqual(['. ./b.sh', 'modprobe b'])
})

test.each([
  '# . ./b.sh',
  '. ./missing.sh',
  '. ../other.sh',
  '. ./link.sh',
  '. "$FILE"',
  'echo . ./b.sh',
  '. ./lib',
])('are none: %s', (line) => {
  expect(words(line)).toEqual([])
})
