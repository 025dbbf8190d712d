/** Claim: ip(8) reads from a batch exactly the words that were written, or the text is refused before. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { enterCommand } from '../../harness/sandbox/enter.ts'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'
import { hostileWord } from '../../tools/testing/hostile.ts'
import { BatchTextError, batchText, batchWord } from './batch.ts'

/** Words that commands of a batch print: `ip netns exec` starts a program with the words of its line. */
function wordsOf(lines: readonly (readonly string[])[]): string[][] {
  const print = ['netns', 'exec', 'n', 'printf', '%s\\036']
  const input = batchText(
    lines.flatMap((words) => [
      [...print, ...words],
      ['netns', 'exec', 'n', 'printf', '\\035'],
    ]),
  )
  const [command, ...args] = enterCommand(mustBeRootless())
  const script = 'ip netns add n; ip -batch -'
  const { stdout, stderr, status } = spawnSync(command!, [...args, 'sh', '-ec', script], {
    input,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    maxBuffer: 64 << 20,
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout
    .split('\u001d')
    .slice(0, -1)
    .map((line) => line.split('\u001e').slice(0, -1))
}

function isRefused(word: string): boolean {
  try {
    batchWord(word)
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(BatchTextError)
    return true
  }
}

const SEPARATORS = ['\u001d', '\u001e']
/** iproute2 has room for 100 words in a line. */
const MOST_WORDS = 20
const MOST_LENGTH = 200

test('hostile words arrive unchanged', () => {
  const all = fc
    .sample(hostileWord(), 600)
    .filter((word) => SEPARATORS.every((one) => !word.includes(one)) && word.length <= MOST_LENGTH)
  const accepted = all.filter((word) => !isRefused(word))
  const refused = all.filter(isRefused)
  expect(accepted.length).toBeGreaterThan(100)
  expect(refused.length).toBeGreaterThan(10)
  for (const word of refused) expect(word).toMatch(/[#\n\r]|["'].*["']/s)
  const lines = Array.from({ length: Math.ceil(accepted.length / MOST_WORDS) }, (_, i) =>
    accepted.slice(i * MOST_WORDS, (i + 1) * MOST_WORDS),
  )
  expect(wordsOf(lines)).toEqual(lines.map((line) => line.map((word) => word.toWellFormed())))
})

test.each(['', ' ', 'a b', '"', "'", "'a", 'a"b', 'a\\', '\\', '-x', '`id`', '$(id)', ';', '%d'])(
  '%j is one word',
  (word) => {
    expect(wordsOf([[word, 'next'], ['last']])).toEqual([[word, 'next'], ['last']])
  },
)

test.each(['#', 'a#b', '\n', 'a\nlink del lo', '\r', '\0', '"\'', '\'"'])(
  '%j is refused',
  (word) => {
    expect(() => batchText([['link', 'set', word]])).toThrow(BatchTextError)
  },
)
