/**
 * Claim: nft and nftproof take the same texts. What nft refuses for a character
 * that cannot be seen is refused before, with its place and name; what nft takes
 * reaches it byte by byte; and nft itself opens no file.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { originalBytes } from '../../src/quote/utf8.ts'
import { checkInSandbox } from '../sandbox/check-ruleset.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { readFirewall } from './firewall.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-strange-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)
const LEAD = ['unshare', ...(mustBeRootless() ? ['--user', '--map-root-user'] : []), '--net']

/** Whether nft takes the file itself. */
function takes(file: string): boolean {
  const [program, ...args] = [...LEAD, findProgram('nft'), '--check', '-f', file]
  return runProgramSync(program!, args, { name: 'nft' }).status === 0
}

/** The message with which nftproof refuses it; undefined where it does not. */
async function refusal(name: string): Promise<string | undefined> {
  try {
    const { parts } = await readFirewall(at(name))
    checkInSandbox(parts[0]!.text)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
}

const CHARACTERS: readonly (readonly [string, string | readonly number[], RegExp])[] = [
  ['a byte order mark', '\ufeff', /U\+FEFF \(byte order mark\)/],
  ['a no-break space', '\u00a0', /U\+00A0 \(no-break space\).*write an ordinary space/],
  ['a next line', '\u0085', /U\+0085 \(next line\)/],
  ['an ogham space mark', '\u1680', /U\+1680/],
  ['a mongolian vowel separator', '\u180e', /U\+180E/],
  ['an en quad', '\u2000', /U\+2000/],
  ['a hair space', '\u200a', /U\+200A/],
  ['a zero width space', '\u200b', /U\+200B/],
  ['a zero width joiner', '\u200d', /U\+200D/],
  ['a line separator', '\u2028', /U\+2028/],
  ['a paragraph separator', '\u2029', /U\+2029/],
  ['a narrow no-break space', '\u202f', /U\+202F/],
  ['a medium mathematical space', '\u205f', /U\+205F/],
  ['an ideographic space', '\u3000', /U\+3000/],
  ['a letter', 'ü', /U\+00FC \(ü\)/],
  ['a pair', '🔥', /U\+1F525 \(🔥\)/],
  ['a carriage return alone', '\r', /U\+000D \(carriage return\).*line feed alone/],
  ['a line tabulation', '\v', /U\+000B/],
  ['a form feed', '\f', /U\+000C/],
  ['an escape', '\u001b', /U\+001B/],
  ['a byte of Latin-1', [0xfc], /the byte 0xFC, which is not UTF-8/],
  ['a byte that nothing leads up to', [0xa0], /the byte 0xA0/],
  ['a slash that is too long', [0xc0, 0xaf], /the byte 0xC0/],
  ['half of a pair', [0xed, 0xa0, 0x80], /the byte 0xED/],
  ['a character that is cut short', [0xe2, 0x80], /the byte 0xE2/],
]

describe.each(CHARACTERS)('%s', (_, character, said) => {
  const put = (before: string, behind: string): boolean => {
    const bytes = Buffer.from(character as string)
    writeFileSync(at('fw.nft'), Buffer.concat([Buffer.from(before), bytes, Buffer.from(behind)]))
    return takes(at('fw.nft'))
  }

  test.each([
    ['at the beginning', '', 'table ip t {\n}\n', /fw\.nft:1:1: /],
    ['between words', '# ü\ntable', 'ip t {\n}\n', /fw\.nft:2:6: /],
    ['inside a word', 'table ip t', 't {\n}\n', /fw\.nft:1:11: /],
    ['at the end of a line', '# "\ntable ip t { ', '\n}\n', /fw\.nft:2:14: /],
    ['after a string', 'table ip t {\ncomment "ü"', '\n}\n', /fw\.nft:2:12: /],
  ])('%s is refused by nft and by the reader', async (where, before, behind, place) => {
    // A carriage return there is left to nft.
    if (character === '\r' && where === 'at the end of a line') return
    if (character === '\r' && where === 'after a string') return
    expect(put(before, behind)).toBe(false)
    const message = await refusal('fw.nft')
    expect(message).toMatch(place)
    expect(message).toMatch(said)
  })

  test.each([
    ['a comment', '# "', '\ntable ip t {\n}\n'],
    ['a comment after a rule', 'table ip t {\nchain c {\naccept # {', '"\n}\n}\n'],
    ['a string', 'table ip t {\nchain c {\naccept comment "a', 'b"\n}\n}\n'],
    ['the name of an interface', 'table ip t {\nchain c {\niifname "a', 'b" drop\n}\n}\n'],
  ])('in %s is accepted by nft and by the reader, byte for byte', async (_, before, behind) => {
    expect(put(before, behind)).toBe(true)
    expect(await refusal('fw.nft')).toBeUndefined()
    const { parts } = await readFirewall(at('fw.nft'))
    expect(Buffer.from(originalBytes(parts[0]!.text))).toEqual(readFileSync(at('fw.nft')))
  })
})

test.each([
  [
    'table ip t {\n}\n\u0000table ip u {\n}\n',
    /fw\.nft:3:1: U\+0000 \(NUL\): nft does not accept it: /,
  ],
  ['# \u0000\ntable ip t {\n}\n', /fw\.nft:1:3: U\+0000/],
  ['table ip t {\ncomment "\u0000"\n}\n', /fw\.nft:2:10: U\+0000/],
])('%j is refused: nft silently ignores text after a NUL', async (text, said) => {
  writeFileSync(at('fw.nft'), text)
  expect(await refusal('fw.nft')).toMatch(said)
})

test.each([
  ['UTF-16', Buffer.from('\ufefftable ip t {\n}\n', 'utf16le'), /fw\.nft:1:1: .*it is UTF-16/],
  [
    'UTF-16 without a byte order mark',
    Buffer.from('table ip t {\n}\n', 'utf16le'),
    /fw\.nft:1:2: U\+0000/,
  ],
  ['line endings of CR alone', Buffer.from('table ip t {\r}\r'), /fw\.nft:1:13: U\+000D/],
])('%s is refused by nft and by the reader', async (_, bytes, said) => {
  writeFileSync(at('fw.nft'), bytes)
  expect(takes(at('fw.nft'))).toBe(false)
  expect(await refusal('fw.nft')).toMatch(said)
})

test('a multi-line string is one string to nft and to the reader', async () => {
  writeFileSync(at('fw.nft'), 'table ip t {\nchain c {\naccept comment "a\n}}\nb"\n}\n}\n')
  expect(takes(at('fw.nft'))).toBe(true)
  expect(await refusal('fw.nft')).toBeUndefined()
})

describe('nft opens no file outside of the root', () => {
  const CANARY = 'hunter2-canary'
  beforeAll(() => {
    writeFileSync(at('secret'), `${CANARY} = ${CANARY}\n`)
    writeFileSync(at('quote.nft'), 'table ip u {\nchain c {\ncomment "')
    writeFileSync(at('rules.nft'), 'table ip t {\n}\n')
  })

  test.each([
    ['an include after a two-line string', 'comment "a\nb"; include "/SECRET"\n'],
    ['the first of two includes in one line', 'include "/SECRET"; include "rules.nft"\n'],
    ['the second of two includes in one line', 'include "rules.nft"; include "/SECRET"\n'],
    [
      'an include made by a quotation mark in another file',
      'include "quote.nft"\n"\n}\n}\ninclude "/SECRET"\n',
    ],
    ['an include without a blank', 'include"/SECRET"\n'],
    ['an include after a continued line', 'table ip u {\n} ; \\\ninclude "/SECRET"\n'],
    ['an include after a continued comment', '# a \\\ninclude "/SECRET"\n'],
    ['an include inside a chain', 'table ip u {\nchain c {\ninclude "/SECRET"\n}\n}\n'],
    ['an include in a wrong place', 'add rule ip t c accept include "/SECRET"\n'],
    ['an include in a list', 'define x = { include "/SECRET" }\n'],
    ['an include with a two-line name', 'include "/SECRET\n"\n'],
    ['an include relative to the working directory', `include "./SECRET"\n`],
  ])('%s', async (_, text) => {
    const inner = at('inner')
    runProgramSync('mkdir', ['-p', inner])
    for (const name of ['quote.nft', 'rules.nft'])
      writeFileSync(join(inner, name), readFileSync(at(name)))
    const secret = text.includes('./SECRET') ? '../secret' : at('secret').slice(1)
    writeFileSync(join(inner, 'fw.nft'), text.replace('SECRET', secret))
    const message = await refusal('inner/fw.nft')
    expect(message).toMatch(/(?:fw\.nft|ruleset):\d+:\d+/)
    expect(message).not.toContain(CANARY)
  })
})
