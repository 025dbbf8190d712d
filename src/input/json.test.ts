import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faultInJson } from './json-fault.ts'
import { offsetOf } from './json-position.ts'

describe('the position of a JSON syntax error', () => {
  test.each([
    ['', 0, 'the text ends too early'],
    ['{"a": 1', 7, 'the text ends too early'],
    ['root:x:0', 0, 'a value is missing here'],
    ['{"a" 1}', 5, 'a colon is missing here'],
    ['{"a": 1 "b": 2}', 8, 'a comma or the closing bracket is missing here'],
    ['[1,]', 3, 'a value is missing here'],
    ['{"a": 1,}', 8, 'a key in quotation marks is missing here'],
    ['{} x', 3, 'the text must end after the first value'],
    ['["a\nb"]', 3, 'a string contains a line end or a control character: write it as an escape'],
    ['["\\x"]', 2, 'unknown escape in a string'],
    ['["a', 1, 'the closing quotation mark is missing'],
    ['[\u00a01]', 1, 'a value or "]" is missing here'],
    ['\ufeff{}', 0, 'a value is missing here'],
  ])('%j: at %i, %s', (text, offset, reason) => {
    expect(faultInJson(text)).toEqual({ offset, reason })
  })

  test('this reader and the engine agree on every text', () => {
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ',', '\\', '\u2028', '-', '0', 'e'))
      .map(([text, at, put]) => {
        const where = text.length === 0 ? 0 : at % text.length
        return text.slice(0, where) + put + text.slice(where + 1)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutated, fc.string()), (text) => {
        const fault = faultInJson(text)
        expect(fault === undefined).toBe(isJson(text))
        if (fault) expect(fault.offset).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the position of a JSON value', () => {
  test.each([
    [[], 1],
    [['a'], 7],
    [['a', 1], 11],
    [['a', 1, 'b c'], 19],
    [['missing', 0], 1],
    [['d'], 42],
  ])('%j', (path, offset) => {
    expect(offsetOf(' {"a": [0, {"b c": "}]\\""}], "d": 1, "d": 2}', path)).toBe(offset)
  })

  test('at every path is the value that the engine finds there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const walk = (one: unknown, path: PropertyKey[]): void => {
          expect(
            text
              .slice(offsetOf(text, path))
              .startsWith(JSON.stringify(one, null, indent).slice(0, 1)),
          ).toBe(true)
          if (typeof one !== 'object' || one === null) return
          for (const [key, inner] of Object.entries(one)) walk(inner, [...path, key])
        }
        walk(value, [])
      }),
    )
  })
})
