import { expect, test } from 'vitest'
import { parseYaml } from './document.ts'
import { Recent } from './recent.ts'

/** How often something was made of each text. */
function counting() {
  const made: string[] = []
  const recent = new Recent<string>()
  const get = (file: string, text: string): string =>
    recent.get(file, text, () => {
      made.push(`${file}: ${text}`)
      return `${file}: ${text}`
    })
  return { made, get }
}

test('an unchanged file is read once', () => {
  const { made, get } = counting()
  expect([get('a', '1'), get('b', '1'), get('a', '1')]).toEqual(['a: 1', 'b: 1', 'a: 1'])
  expect(made).toEqual(['a: 1', 'b: 1'])
})

test('a file that has changed is read again', () => {
  const { made, get } = counting()
  expect([get('a', '1'), get('a', '2'), get('a', '1')]).toEqual(['a: 1', 'a: 2', 'a: 1'])
  expect(made).toEqual(['a: 1', 'a: 2', 'a: 1'])
})

test('of many files, the most recently used are kept', () => {
  const { made, get } = counting()
  for (let i = 0; i < 1000; i++) {
    get('policy', 'p')
    get(`scenario ${i}`, 's')
  }
  expect(made.filter((one) => one.startsWith('policy'))).toEqual(['policy: p'])
  get('scenario 0', 's')
  expect(made.filter((one) => one === 'scenario 0: s')).toHaveLength(2)
})

test('a long text is not kept', () => {
  const { made, get } = counting()
  const long = 'x'.repeat(100_000)
  get('a', long)
  get('a', long)
  expect(made).toHaveLength(2)
})

test('a YAML file that several files name is parsed once, and has its own name in its places', () => {
  const first = parseYaml('a: 1\n', 'one.yaml')
  expect(parseYaml('a: 1\n', 'one.yaml')).toBe(first)
  const other = parseYaml('a: 1\n', 'two.yaml')
  expect(other.ok && other.document.place(['a'])).toEqual({ file: 'two.yaml', line: 1, column: 4 })
  expect(parseYaml('a: 2\n', 'one.yaml')).not.toBe(first)
})
