import { expect, test } from 'vitest'
import { explain } from '../firewall/nft.ts'
import { shortened } from './first-lines.ts'

test('of 40,000 lines, 50 and the count of the rest are shown; a long line is cut', () => {
  const lines = shortened(`${'x'.repeat(1_000_000)}\n${'error\n'.repeat(39_999)}`).split('\n')
  expect(lines).toHaveLength(51)
  expect(lines[0]).toHaveLength(401)
  expect(lines.at(-1)).toBe('… and 39,951 more lines')
})

test('a long line of a ruleset is quoted around the error, with the caret below it', () => {
  const text = `${'a, '.repeat(100_000)}WRONG ${'b, '.repeat(100_000)}`
  const { message } = explain(`/dev/stdin:1:${300_001}: Error: syntax error`, text)
  const [quoted = '', mark = ''] = message.split('\n').slice(-2)
  expect(quoted.length).toBeLessThan(500)
  expect(quoted.slice(mark.indexOf('^')).startsWith('WRONG')).toBe(true)
})
