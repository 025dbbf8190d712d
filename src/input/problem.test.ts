import { describe, expect, test } from 'vitest'
import { inOrder, lazily, MAX_PRINTED, problemsText, problemText } from './problem.ts'

const at = (line: number, file = 'a.yaml', column = 1) => ({ file, line, column })

describe('printed problems', () => {
  test('are 50 of 40,000, then the count of the rest, whose messages are not built', () => {
    let made = 0
    const problems = Array.from({ length: 40_000 }, (_, i) =>
      lazily(at(i + 1), () => `problem ${++made}`),
    )
    const lines = problemsText(problems).split('\n')
    expect(lines).toHaveLength(MAX_PRINTED + 1)
    expect(lines.at(-1)).toBe('… and 39,950 more problems')
    expect(made).toBe(MAX_PRINTED)
  })

  test('are counted in the singular for one more', () => {
    const problems = Array.from({ length: 51 }, (_, i) => ({ at: at(i + 1), message: 'x' }))
    expect(problemsText(problems).split('\n').at(-1)).toBe('… and 1 more problem')
  })

  test('contain the same message at one position once', () => {
    const same = { at: at(1), message: 'x' }
    expect(problemsText([same, { ...same, message: 'y' }, { ...same }, same])).toBe(
      'a.yaml:1:1: x\na.yaml:1:1: y',
    )
  })

  test('keep the order of files, and are sorted by line within a file', () => {
    const problems = [at(3), at(9, 'b.yaml'), at(1), at(2, 'b.yaml')].map((place) => ({
      at: place,
      message: 'x',
    }))
    const places = (sorted: readonly { at: { file: string; line: number } }[]) =>
      sorted.map((one) => `${one.at.file[0]}${one.at.line}`)
    expect(places(inOrder(problems))).toEqual(['a1', 'a3', 'b2', 'b9'])
    expect(places(inOrder(problems, ['b.yaml']))).toEqual(['b2', 'b9', 'a1', 'a3'])
  })

  test('are escaped and limited in length', () => {
    const message = `key \u001b[31mred\u009b1m\u202e ${'x'.repeat(1_000_000)}`
    const text = problemText({ at: at(1), message })
    expect(text.slice(0, 50)).toBe('a.yaml:1:1: key \\x1b[31mred\\x9b1m\\u{202e} xxxxxxxx')
    expect(text.length).toBeLessThan(1100)
  })
})

test('with keys are distinguished without building their messages', () => {
  let made = 0
  const problems = Array.from({ length: 1000 }, (_, i) =>
    lazily(at(1), () => `problem ${++made}`, `${i % 500}`),
  )
  expect(problemsText(problems).split('\n').at(-1)).toBe('… and 450 more problems')
  expect(made).toBe(MAX_PRINTED)
})
