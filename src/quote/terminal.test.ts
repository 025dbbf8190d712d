import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { terminalSafe, terminalSafeJson, terminalSafeLine } from './terminal.ts'

const ESC = '\u001b'

describe('characters that act, hide or reorder are shown as code points', () => {
  test.each([
    ['a colour', `${ESC}[31mred`, '\\x1b[31mred'],
    ['the title of a window (OSC 0)', `${ESC}]0;pwned\u0007`, '\\x1b]0;pwned\\x07'],
    ['a link (OSC 8)', `${ESC}]8;;http://x${ESC}\\y`, '\\x1b]8;;http://x\\x1b\\y'],
    ['the clipboard (OSC 52)', `${ESC}]52;c;cm0=\u0007`, '\\x1b]52;c;cm0=\\x07'],
    ['C1 introducers', '\u009b2J\u009d0;x\u009c\u0085', '\\x9b2J\\x9d0;x\\x9c\\x85'],
    ['backspace, bell, vertical tab, NUL', 'a\bb\u0007\v\0', 'a\\x08b\\x07\\x0b\\x00'],
    ['DEL', 'a\u007f', 'a\\x7f'],
    ['a carriage return inside a line', 'ok\rNO', 'ok\\x0dNO'],
    [
      'embeddings, overrides',
      '\u202a\u202b\u202c\u202d\u202e',
      '\\u{202a}\\u{202b}\\u{202c}\\u{202d}\\u{202e}',
    ],
    ['isolates', '\u2066\u2067\u2068\u2069', '\\u{2066}\\u{2067}\\u{2068}\\u{2069}'],
    ['direction marks', '\u200e\u200f\u061c', '\\u{200e}\\u{200f}\\u{61c}'],
    ['zero width', 'a\u200bb\u2060\ufeff\u00ad', 'a\\u{200b}b\\u{2060}\\u{feff}\\u{ad}'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['lone surrogates', 'a\ud83d b\udc00', 'a\\u{d83d} b\\u{dc00}'],
    ['tags', '\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
    ['private use', '\ue000\u{f0000}', '\\u{e000}\\u{f0000}'],
    ['variation selectors', 'a\ufe0f b\u{e0100}', 'a\\u{fe0f} b\\u{e0100}'],
    ['invisible fillers', '\u3164\u115f\u034f', '\\u{3164}\\u{115f}\\u{34f}'],
    ['noncharacters', '\ufdd0\uffff', '\\u{fdd0}\\u{ffff}'],
  ])('%s', (_, text, shown) => {
    expect(terminalSafe(text)).toBe(shown)
    expect(terminalSafe(shown)).toBe(shown)
  })
})

test('ordinary text of any script is unchanged', () => {
  for (const text of [
    'Zürich, Žižkov, Łódź, naïve',
    'सर्वर नियम',
    '防火墙 ファイアウォール 방화벽',
    'جدار الحماية, חומת אש',
    'Ελλάδα Україна ไทย',
    'e\u0301 (combining), \u00a0no-break, \u3000wide',
    '✔ ✘ → ⇒ │ … 🔥🧱',
    '⚠\ufe0f a symbol in colours',
    'C:\\x1b, \\n and "quotes"',
  ])
    expect(terminalSafe(text)).toBe(text)
})

test('line feeds and tabs are kept, or escaped in one-line text', () => {
  expect(terminalSafe('a\n\tb\r\nc')).toBe('a\n\tb\nc')
  expect(terminalSafeLine('a\n\tb\r\nc\u0085')).toBe('a\\n\\tb\\r\\nc\\x85')
})

const hostile = fc.string({ unit: anyCharacter(), maxLength: 40 })

test('random text: no control, format or invisible character is left, and escaping is idempotent', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const safe = terminalSafe(text)
      expect(safe).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Co}]/u)
      expect(terminalSafe(safe)).toBe(safe)
      const line = terminalSafeLine(text)
      expect(line).not.toMatch(/[\n\t]/)
      expect(terminalSafeLine(line)).toBe(line)
      // But for returns, which it names as it names line feeds.
      if (!text.includes('\r')) expect(terminalSafeLine(safe)).toBe(line)
    }),
  )
})

test('every code point is kept or shown as ASCII', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code)
    const safe = terminalSafe(character)
    if (safe !== character) expect(safe).toMatch(/^\\(?:x[0-9a-f]{2}|u\{[0-9a-f]{2,6}\})$/)
  }
})

test('escaped JSON holds the same data in harmless characters', () => {
  fc.assert(
    fc.property(fc.jsonValue(), hostile, (value, text) => {
      const data = { [text]: [value, text, `${ESC}\u009b\u202e\u{e0041}`] }
      const safe = terminalSafeJson(JSON.stringify(data, null, 1))
      expect(JSON.parse(safe)).toEqual(JSON.parse(JSON.stringify(data)))
      expect(terminalSafe(safe)).toBe(safe)
    }),
  )
})
