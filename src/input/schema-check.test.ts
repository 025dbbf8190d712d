import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseYaml } from './document.ts'
import { problemText } from './problem.ts'
import { check } from './schema-check.ts'

const schema = z.strictObject({
  names: z.array(z.string().max(3)),
  size: z.union([z.number(), z.strictObject({ wide: z.number(), high: z.number() })]),
})

function checked(text: string) {
  const parsed = parseYaml(text, 'a.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(problemText).join('\n'))
  return check(parsed.document, schema)
}

describe('the valid parts of a document with errors', () => {
  test('keep their places; a text of the wrong length is kept as text', () => {
    const { data, problems } = checked('names: [a, 1, long]\nsize: { wide: 1, high: x }\nmore: 1\n')
    expect(data).toMatchObject({ names: ['a', undefined, 'long'], size: { wide: 1 } })
    expect(problems.map(problemText)).toEqual([
      'a.yaml:1:12: names 1: must be text',
      'a.yaml:1:15: names "long": must have at most 3 characters',
      'a.yaml:2:24: high "x": must be a number',
      'a.yaml:3:1: unknown key "more" — known: names, size',
    ])
  })

  test('do not make a mistyped key missing as well', () => {
    expect(checked('nmaes: [a]\nsize: 1\n').problems.map(problemText)).toEqual([
      'a.yaml:1:1: unknown key "nmaes" — did you mean "names"?',
    ])
  })

  // How many it takes depends on the stack: about 120,000 by default.
  test('are checked for the first entries only when errors are too many', () => {
    const list = z.array(z.string())
    const overwhelmed = Object.create(list, {
      safeParse: {
        value: (value: readonly unknown[]) => {
          if (value.length > 15_000) throw new RangeError('Maximum call stack size exceeded')
          return list.safeParse(value)
        },
      },
    }) as typeof list
    const parsed = parseYaml(`[${'1,'.repeat(20_000)}1]\n`, 'a.yaml')
    const problems = parsed.ok ? check(parsed.document, overwhelmed).problems : []
    expect(problems).toHaveLength(10_001)
    expect(problemText(problems[0]!)).toMatch(
      /the first 10000 entries of each list and map were checked/,
    )
  })
})

test('a schema finds the same faults when it is new and when it was used hundreds of times', () => {
  const text = 'names: [a, 1, long]\nsize: { wide: 1, high: x }\nmore: 1\n'
  const told = Array.from({ length: 300 }, () => {
    const { ok, data, problems } = checked(text)
    return JSON.stringify([ok, data, problems.map(problemText)])
  })
  expect(new Set(told).size).toBe(1)
  const sound = Array.from({ length: 300 }, () => checked('names: [a]\nsize: 1\n'))
  expect(sound.every(({ ok, data }) => ok && data.size === 1)).toBe(true)
})
