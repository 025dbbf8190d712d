/** Claim: errors of YAML are in our words, and at the place where the user must change something. */
import { expect, test } from 'vitest'
import { parseYaml } from './document.ts'

function problemsOf(text: string): string[] {
  const parsed = parseYaml(text, 'f.yaml')
  if (parsed.ok) return []
  return parsed.problems.map(({ at, message }) => `${at.line}:${at.column}: ${message}`)
}

test.each([
  ['zones: [a, b\nx: 1\n', '1:8: "[" is not closed: add "]"'],
  ['zones: [a, "]", b # ]\nx: 1\n', '1:8: "[" is not closed: add "]"'],
  ['a: [[1], {b: [2]\n', '1:10: "{" is not closed: add "}"'],
  ['zones: {a: 1\n', '1:8: "{" is not closed: add "}"'],
  ['zones: "a\n', '2:1: a quoted text is not closed: add the closing "'],
  ["zones: 'a\n", "2:1: a quoted text is not closed: add the closing '"],
  [
    'a: b: c\n',
    '1:4: a second ": " in this line: put the key on a line of its own, or quote the value',
  ],
  ['a:\n\tb: 1\n', '2:1: a tab cannot indent: use spaces'],
  ['a: 1\n---\nb: 2\n', '2:1: a second document begins here: a file must have one'],
])('%j', (text, problem) => {
  expect(problemsOf(text)[0]).toBe(problem)
})

test.each([
  'a: 1\nb\nc: 2\n',
  'a: @x\n',
  'a: %x\nb: ]\n',
  'a: "\\q"\n',
  '- a\nb: 1\n',
  'a:\n  - 1\n - 2\n',
  'a: *\n',
  '%YAML 1.2\na: 1\n',
  'a: [1 2: {]\n',
  'a: !x 1\n',
  '? a\n: b\n',
  'a: [1, 2\n  b: 3\n',
])('%j has no words of the parser', (text) => {
  for (const problem of problemsOf(text))
    expect(problem).not.toMatch(
      /[Ff]low|[Bb]lock|[Ii]mplicit|scalar|collection|mapping|sequence|token|node|-ind\b|-seq|Unexpected/,
    )
})
