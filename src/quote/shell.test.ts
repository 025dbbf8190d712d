/** Claim: whatever a word is, a shell takes it for exactly that word. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileText, hostileWord } from '../../tools/testing/hostile.ts'
import { positional, ShellTextError, shellPath, shellWord } from './shell.ts'

/** What the shell makes of a script: the words that its commands print. */
function wordsOf(script: string, args: readonly string[] = []): string[] {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script, 'sh', ...args], {
    encoding: 'utf8',
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout.split('\0').slice(0, -1)
}

/** As a program gets them: a lone surrogate has no bytes. */
const asBytes = (words: readonly string[]): string[] => words.map((word) => word.toWellFormed())

const words = fc.array(hostileWord(), { minLength: 1, maxLength: 8 })
/** Each run starts a shell. */
const RUNS = { numRuns: 60 }

test('a shell reads quoted words unchanged', () => {
  fc.assert(
    fc.property(words, (all) => {
      const script = `printf '%s\\0' ${all.map(shellWord).join(' ')}`
      expect(wordsOf(script)).toEqual(asBytes(all))
    }),
    RUNS,
  )
})

test('words of a command are passed as parameters, not in the script', () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 5 }), (commands) => {
      const { script, words: own } = positional(commands, 3, `printf '%s\\0' `)
      expect(script).toMatch(/^(?:printf '%s\\0' (?:"\$\{\d+\}" ?)+\n)+$/)
      expect(wordsOf(script, ['first', 'second', ...own])).toEqual(asBytes(commands.flat()))
    }),
    RUNS,
  )
})

test('a file name is not taken for an option, and a single hyphen is standard input', () => {
  expect(['-x', '--help', '-', 'a', './-x'].map(shellPath)).toEqual([
    './-x',
    './--help',
    '-',
    'a',
    './-x',
  ])
  fc.assert(
    fc.property(hostileWord(), (path) => {
      expect(shellPath(path)).not.toMatch(/^'?-./)
    }),
  )
})

test('a NUL character is refused', () => {
  expect(() => shellWord('a\0b')).toThrow(ShellTextError)
  expect(() => positional([['a', 'b\0']], 1)).toThrow(ShellTextError)
  fc.assert(
    fc.property(hostileText(), (text) => {
      if (text.includes('\0')) expect(() => shellWord(text)).toThrow(ShellTextError)
      else expect(shellWord(text)).toContain(text.includes("'") ? "'" : text)
    }),
  )
})
