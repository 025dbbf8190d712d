import { describe, expect, test } from 'vitest'
import { parseYaml } from './document.ts'
import { parseJsonLines } from './json-lines.ts'
import { problemText } from './problem.ts'

function problems(text: string): string[] {
  const parsed = parseYaml(text, 'a.yaml')
  return (parsed.ok ? parsed.document.problems : parsed.problems).map(problemText)
}

const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('')

describe('YAML that parsers accept, but no file should have, is refused', () => {
  test('of 40,000 equal keys, each except the first is reported', () => {
    const found = problems(many(40_000, () => 'a: 1\n'))
    expect(found).toHaveLength(39_999)
    expect(found[0]).toBe('a.yaml:2:1: duplicate key "a": it is already in line 1: remove one')
  })

  test('equal keys as number and as text, but not in other maps', () => {
    expect(problems('1: { a: 1 }\n"1": { a: 1 }\n')).toEqual([
      expect.stringMatching(/^a\.yaml:2:1: .*duplicate key "1": it is already in line 1/),
    ])
  })

  test.each<[string, string, RegExp]>([
    ['40,000 aliases', `- &a x\n${many(40_000, () => '- *a\n')}`, /^a\.yaml:2:3: 40000 aliases/],
    [
      'aliases of aliases',
      `a: &a [x, x]\n${many(20, (i) => `k${i}: &k${i} [*${i === 0 ? 'a' : `k${i - 1}`}, *a]\n`)}`,
      /aliases expand to more than 100 values/,
    ],
    [
      '200,000 values',
      `a: [${many(200_000, () => '1,')}1]\n`,
      /200001 lines and commas: the limit is 131072/,
    ],
    [
      'deep nesting',
      `a: ${'['.repeat(1000)}`,
      /^a\.yaml:1:68: nested too deep: the limit is 64 levels/,
    ],
    [
      'deep lists with closing brackets in quotes',
      `a: ${`['}]',`.repeat(60_000)}1${']'.repeat(60_000)}\n`,
      /^a\.yaml:1:\d+: nested too deep: the limit is 64 levels$/,
    ],
    [
      'deep maps with closing brackets in quotes',
      `a: ${'{b: "}", c: '.repeat(30_000)}1${'}'.repeat(30_000)}\n`,
      /^a\.yaml:1:\d+: nested too deep: the limit is 64 levels$/,
    ],
  ])('%s', (_, text, message) => {
    expect(problems(text)[0]).toMatch(message)
  })
})

describe('JSON lines', () => {
  const faults = (text: string): string[] =>
    [...parseJsonLines(text, 'a.jsonl')].flatMap((parsed) =>
      parsed.ok ? [] : parsed.problems.map(problemText),
    )

  test.each<[string, string, RegExp]>([
    ['an empty file', '\n \n', /^a\.jsonl:1:1: the file is empty/],
    ['a line of 2 MB', `{}\n"${'x'.repeat(2_000_000)}"\n`, /^a\.jsonl:2:1: the line has 2000002/],
    [
      'a deep line',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      /nested too deep: the limit is 64 levels/,
    ],
    ['a truncated line', '{}\n{"a":\n', /^a\.jsonl:2:6: not JSON: the text ends too early/],
  ])('%s', (_, text, message) => {
    expect(faults(text).join('\n')).toMatch(message)
  })
})
