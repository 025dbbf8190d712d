import Table from 'cli-table3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { COLOURED, forTerminal, keepingOwnCodes, markedStyle } from './style.ts'

const MARK = ';1234;5678;9012;3456'
const style = markedStyle(MARK)

describe('a report for a terminal', () => {
  test('has the codes of the style, without their mark', () => {
    const report = `${style.good('✔ a')} ${style.strong(`b ${style.bad('c')}`)}`
    expect(forTerminal(report, MARK)).toBe(
      '\u001b[32m✔ a\u001b[39m \u001b[1mb \u001b[31mc\u001b[39m\u001b[22m',
    )
  })

  test.each([
    ['a colour', '\u001b[32m✔ conforms\u001b[39m'],
    ['the end code of a colour', '\u001b[39m'],
    ['a guessed mark', '\u001b[32;1234;5678;9012;3457m'],
    ['another code with the mark', `\u001b[8${MARK}m`],
    ['another sequence', '\u001b[2J\u001b]0;x\u0007'],
  ])('has no code from the text: %s', (_, text) => {
    expect(forTerminal(`a ${text} b`, MARK)).not.toContain('\u001b')
  })

  test('closes each code once, whatever the text between', () => {
    const text = forTerminal(style.good('a\u001b[39mb'), MARK)
    expect(text.split('\u001b[39m')).toHaveLength(2)
  })

  test('keeps the colours of a cell that cli-table3 wraps', () => {
    const draw = (good: (text: string) => string): string => {
      const table = new Table({ colWidths: [12], wordWrap: true, style: { head: [], border: [] } })
      table.push([good('one two three four five')])
      return table.toString()
    }
    const drawn = forTerminal(draw(style.good), MARK)
    expect(drawn).toBe(draw(COLOURED.good))
    expect(drawn.split('\n').filter((line) => line.includes('\u001b[32m'))).toHaveLength(3)
  })

  test('has only these codes, whatever the text', () => {
    const part = fc.oneof(
      fc.string({ unit: anyCharacter() }),
      fc.constantFrom('\u001b[', '31m', '\u001b[32m', '\u001b[39m', '\u009b', MARK.slice(1)),
    )
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (outside, inside) => {
        const report = `${outside.join('')}${style.doubtful(inside.join(''))}`
        const text = forTerminal(report, MARK)
        const [before, between = '', after, ...more] = text.split(/\p{Cc}\[(?:33|39)m/u)
        expect(more).toEqual([])
        expect([before, between, after].join('')).not.toMatch(/(?![\n\t])\p{Cc}/u)
      }),
    )
  })
})

test("of another process's output only the codes of the style are kept", () => {
  const said = `${COLOURED.good('✔')} \u001b[2J\u001b]52;c;eA==\u0007\u001b[38;5;1m\u202e`
  expect(keepingOwnCodes(said)).toBe(
    '\u001b[32m✔\u001b[39m \\x1b[2J\\x1b]52;c;eA==\\x07\\x1b[38;5;1m\\u{202e}',
  )
})
