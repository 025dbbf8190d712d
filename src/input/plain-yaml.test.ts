/** The plain reader and the parser agree: on every file here, on random ones, and on random ones with a mistake. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { parseYaml } from './document.ts'
import { readPlain } from './plain-yaml.ts'

/** What the parser reads; undefined where it finds anything wrong. */
function parsed(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', merge: false })
  return document.errors.length + document.warnings.length > 0 ? undefined : document.toJS()
}

function mustAgree(text: string): boolean {
  const plain = readPlain(text)
  if (plain === undefined) return false
  expect(plain, text).toStrictEqual(parsed(text))
  return true
}

const ROOT = new URL('../../', import.meta.url).pathname
const files = ['scenarios', 'examples', 'docs', 'tools']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) =>
      join(ROOT, folder, String(name)),
    ),
  )
  .filter((name) => /\.ya?ml$/.test(name))

test('the shipped scenarios and their files are read without the YAML parser', () => {
  const shipped = files.filter((name) => name.startsWith(`${ROOT}scenarios/`))
  expect(shipped.length).toBeGreaterThan(30)
  const others = shipped.filter((name) => !mustAgree(readFileSync(name, 'utf8')))
  expect(others.map((name) => name.slice(ROOT.length))).toEqual([
    'scenarios/replies-come-back.yaml',
  ])
})

test('all other YAML of the project is read as by the YAML parser, or left to it', () => {
  for (const name of files) mustAgree(readFileSync(name, 'utf8'))
})

/** Words that mean something, or nearly do, and characters that do in some places. */
const scalar = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'drop', 'two words', 'x.y', '22-30', 'a, b', 7) },
  fc.constantFrom(
    ...[
      'null',
      '~',
      'Null',
      'true',
      'FALSE',
      'yes',
      '-1',
      '+5',
      '007',
      '0x1f',
      '0o17',
      '1e3',
      '.5',
    ],
    ...['5.', '.inf', '.NaN', '10.20.1.10/24', '2001:db8::1/64', '22-30,80', '1:2', 'a: b', 'a:'],
    ...[
      '- a',
      '-',
      '--',
      '---',
      '...',
      '#a',
      'a #b',
      'a#b',
      '*a',
      '&a',
      '!a',
      '|',
      '>-',
      '%a',
      '@a',
    ],
    ...[
      '[',
      ']',
      '{a}',
      'a, b',
      'a]b',
      '"',
      "it's",
      "'a",
      '',
      ' ',
      'a ',
      '\\',
      '\u00a0a',
      'é',
      '<<',
    ],
    ...[
      '?',
      '? a',
      ':a',
      '=',
      '2026-11-28',
      '99999999999999999999',
      '-0',
      '`',
      '__proto__',
      'a\tb',
    ],
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(1.5, -0.25, 1e21, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constant(null),
  fc.string({ unit: fc.constantFrom('a', ' ', '\n', '#', ':', '-'), maxLength: 12 }),
)
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'from', 'to_1', 'x.y/z-w') },
  fc.constantFrom('null', 'True', '22', '__proto__', 'a b'),
  fc.string({ maxLength: 5 }),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}))
const text = fc
  .record({
    value: fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }),
    options: fc.record({
      lineWidth: fc.constantFrom(0, 20, 80),
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom<'any' | 'flow'>('any', 'flow'),
      flowCollectionPadding: fc.boolean(),
      singleQuote: fc.constantFrom(true, false, null),
    }),
  })
  .map(({ value, options }) => stringify(value, options))

/** Pieces that change what a text means. */
const PIECES = [
  ...[' ', '  ', '\n', '\n\n', ':', ': ', '- ', '-', '#', ' #', '"', "'", ',', '[', ']', '{', '}'],
  ...['|\n', '>-\n', '&a ', '*a', '!!str ', '? ', '\t', '\r\n', '---\n', '...\n', '%', 'a: ', '\\'],
  ...[
    '# c\n',
    '    # c\n',
    'a: b\n',
    '  a: b\n',
    '- b\n',
    ',\n  ',
    '[\n',
    '\n }',
    '~',
    '0',
    '\u00a0',
    '\u2028',
    '\ufeff',
  ],
] as const
const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), piece: fc.constantFrom(...PIECES) })

const edited = (whole: string, edits: readonly { at: number; cut: number; piece: string }[]) =>
  edits.reduce((now, { at, cut, piece }) => {
    const place = at % (now.length + 1)
    return now.slice(0, place) + piece + now.slice(place + cut)
  }, whole)

describe('random files', () => {
  test('unchanged', () => {
    let read = 0
    fc.assert(
      fc.property(text, (one) => void (mustAgree(one) && read++)),
      { numRuns: 2000 },
    )
    // Else nothing would be tested.
    expect(read).toBeGreaterThan(200)
  })

  test('with one to four changes', () => {
    let read = 0
    const changed = fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 4 }))
    fc.assert(
      fc.property(changed, ([one, edits]) => void (mustAgree(edited(one, edits)) && read++)),
      { numRuns: 4000 },
    )
    expect(read).toBeGreaterThan(20)
  })

  test('composed of pieces', () => {
    const pieces = fc.array(fc.constantFrom(...PIECES, 'a', 'b: ', 'x'), { maxLength: 14 })
    fc.assert(
      fc.property(pieces, (all) => void mustAgree(`k: ${all.join('')}\n`)),
      { numRuns: 6000 },
    )
  })
})

test('the shipped files with changes', () => {
  let read = 0
  const shipped = fc.constantFrom(...files.map((name) => readFileSync(name, 'utf8')))
  const changed = fc.tuple(shipped, fc.array(edit, { minLength: 1, maxLength: 3 }))
  fc.assert(
    fc.property(changed, ([one, edits]) => void (mustAgree(edited(one, edits)) && read++)),
    { numRuns: 2000 },
  )
  expect(read).toBeGreaterThan(300)
})

describe('positions equal those of the parser', () => {
  test.each<[string, (string | number)[], string]>([
    ['of a value', ['a', 'b', 1], '3:10'],
    ['of what is not there: the nearest above it', ['a', 'c'], '3:3'],
  ])('%s', (_, path, place) => {
    const text = '# first\na:\n  b: [x, y]\n'
    expect(readPlain(text)).toEqual({ a: { b: ['x', 'y'] } })
    const read = parseYaml(text, 'a.yaml')
    const { line, column } = read.ok ? read.document.place(path) : { line: 0, column: 0 }
    expect(`${line}:${column}`).toBe(place)
  })
})

const MANY = 200_000

test.each<[string, string]>([
  ['blanks within a text', `a: b${' '.repeat(MANY)}c\n`],
  ['blanks in brackets', `a: [b${' '.repeat(MANY)}c, d]\n`],
  ['blanks behind a quoted text', `a: "b"${' '.repeat(MANY)}c\n`],
  ['blanks before a comment', `a: b${' '.repeat(MANY)}# c\n`],
  ['blanks behind a dash', `a:\n  -${' '.repeat(MANY)}b: c\n`],
  ['quotes', `a: ["${'"'.repeat(MANY)}\n`],
  ['empty lines', `a: |\n  b${'\n'.repeat(MANY)}c: d\n`],
  ['comments', `a: b\n${'#\n'.repeat(MANY)}`],
  ['lines within brackets', `a: [\n${' b,\n'.repeat(100_000)} c]\n`],
])('%s: 200,000 characters are looked at a few times each', (_, text) => {
  expect(() => readPlain(text)).not.toThrow()
})
