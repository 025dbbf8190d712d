/** Texts as somebody writes them who wants them to be more than text: for tests of everything that quotes. */
import fc from 'fast-check'

/** What would make this file, if a shell took it for a command. No blank and no slash: a link can be called so. */
export const canaryOf = (name: string): string => `>${name}`

const PIECES = [
  ...['`', '$(', ')', '${', '}', '"', "'", '\\', '\n', '\r', '\t', ' ', '\0', ';', '&', '|'],
  ...['<', '>', '*', '?', '[', ']', '(', '{', '#', '%', '%d', '%s', '~', '!', '=', '@', ':', ','],
  ...['-', '--', '-M', '--output=x', '..', '/', './', '../', 'a', 'B', '7', 'é', '日', '🔥'],
  ...['\u0085', '\u009b31m', '\u001b[31m', '\u007f', '\u200b', '\u2028', '\u2029', '\u202e'],
  ...['\u2066', '\ufeff', '\u00a0', '\ufffe', '\ufffd', '\ud800', '\udc00', '$&', "$'", '$`'],
  ...['true', 'null', 'accept', 'include "/etc/passwd"', '<b>', '</td>', '&lt;', ']]>', '-->'],
  ...['](x)', '![', '```', '~~~', '@org/team', '#1', 'https://example.org', '|', '---', '1. '],
  ...['$(touch canary)', '`touch canary`', "';touch canary;'", '";touch canary;"', '*/', '&#96;'],
]

/** Any text, most of it made of what some language takes for its own; some of it is very long. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: join(fc.array(fc.constantFrom(...PIECES), { maxLength: 8 })) },
    { weight: 1, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 2, arbitrary: fc.string({ unit: anyCharacter(), maxLength: 30 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...PIECES).map((piece) => piece.repeat(3000).slice(0, 9000)),
    },
  )

const SURROGATES = { first: 0xd800, count: 0x800 }
const LAST = 0x10ffff

/** fast-check's own unit `binary`, which takes a second to list a million characters. */
export const anyCharacter = (): fc.Arbitrary<string> =>
  fc
    .integer({ min: 0, max: LAST - SURROGATES.count })
    .map(
      (n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count),
      numberOfCharacter,
    )

/** Throws for anything else than one character, as fast-check asks for. */
function numberOfCharacter(text: unknown): number {
  const [character, ...more] = String(text)
  if (character === undefined || more.length > 0) throw new Error('not one character')
  const n = character.codePointAt(0)!
  return n < SURROGATES.first ? n : n - SURROGATES.count
}

const join = (parts: fc.Arbitrary<string[]>): fc.Arbitrary<string> =>
  parts.map((all) => all.join(''))

/** One that an argument of a program can be: without NUL. */
export const hostileWord = (): fc.Arbitrary<string> =>
  hostileText().map((text) => text.replaceAll('\0', ''))

/** What the kernel admits as the name of a link (dev_valid_name, net/core/dev.c), in 15 bytes of UTF-8. */
export const hostileLink = (): fc.Arbitrary<string> =>
  hostileWord()
    .map((text) => cut(text.toWellFormed().replaceAll(/[\s\u0085\u00a0/:%]/g, '')))
    .filter((name) => name !== '' && name !== '.' && name !== '..')
    .filter((name) => !Buffer.from(name).includes(0xa0))

function cut(text: string): string {
  let kept = ''
  for (const c of text) {
    if (Buffer.byteLength(kept + c) > 15) break
    kept += c
  }
  return kept
}
