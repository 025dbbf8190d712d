import { describe, expect, test } from 'vitest'
import { isMap, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { parseYaml } from './document.ts'
import { Positions } from './positions.ts'

const KEYS = 40_000

test('finding the positions of 40,000 keys takes linear time', () => {
  const text = Array.from({ length: KEYS }, (_, i) => `key${i}: ${i}`).join('\n')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  if (!isMap(document.contents)) throw new Error('no map')
  let looks = 0
  const map = document.contents as YAMLMap
  map.items = new Proxy(map.items, {
    get: (items, name) => {
      if (typeof name === 'string' && /^\d+$/.test(name) && ++looks > 2 * KEYS)
        throw new Error('keys are looked at again and again')
      return Reflect.get(items, name)
    },
  })
  const positions = new Positions(document, lines, 'a.yaml')
  for (let i = 0; i < KEYS; i++) {
    expect(positions.keyPlace([`key${i}`]).line === i + 1).toBe(true)
    expect(positions.place([`key${i}`]).column > 4).toBe(true)
  }
  // Otherwise the keys were not looked for in this map.
  expect(looks).toBe(KEYS)
})

describe('the position', () => {
  const parsed = parseYaml('a: 1\n22: [x, { b: y }]\n"": z\n', 'a.yaml')
  const document = parsed.ok ? parsed.document : undefined

  test.each<[string, (string | number)[], string]>([
    ['of a value', ['a'], '1:4'],
    ['below a number', ['22', 1, 'b'], '2:14'],
    ['below an empty key', [''], '3:5'],
    ['of a missing value: the nearest parent', ['22', 1, 'c', 0], '2:9'],
  ])('%s', (_, path, place) => {
    const { line, column } = document!.place(path)
    expect(`${line}:${column}`).toBe(place)
  })

  test('of a key', () => {
    expect(document!.keyPlace(['22', 1, 'b'])).toMatchObject({ line: 2, column: 11 })
  })
})
