/** Claim: whatever a text is, a Markdown processor shows it as it is: no markup, no link, no mention. */
import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { hostileText } from '../../tools/testing/hostile.ts'
import { cell, code } from './markdown.ts'

/** As GitHub would make it, raw HTML included. */
const html = (markdown: string): string =>
  micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  })

const tagsOf = (markup: string): string[] => markup.match(/<[^>]*>/g) ?? []

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&' }
const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(\w+);/g, (_, name: string) => ENTITIES[name]!)
    .replaceAll('\u200b', '')

/** What is to be seen of a text: one line, without controls. */
const shown = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�')

/** Where reports put text, and the tags that are there without it. */
const PLACES: readonly (readonly [string, (text: string) => string])[] = [
  ['a paragraph', (text) => `${text}\n`],
  ['a paragraph behind words', (text) => `Words ${text}\n`],
  ['a heading', (text) => `## ${text}\n`],
  ['an item of a list', (text) => `- ${text}\n- next\n`],
  ['a quotation', (text) => `> ${text}\n`],
  ['a cell', (text) => `| a | b |\n|---|---|\n| ${text} | ${text} |\n| next | last |\n`],
]

describe.each(PLACES)('in %s', (_, place) => {
  const tagsOfText = tagsOf(html(place('x')))
  const tagsOfCode = tagsOf(html(place('`x`')))
  const around = textOf(html(place('§'))).replaceAll('\n', '')
  /** The text of the page that shows `text` there. */
  const pageWith = (text: string): string => around.replaceAll('§', () => text)

  test('text is plain text', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        fc.pre(shown(text) !== '')
        const page = html(place(cell(text)))
        expect(tagsOf(page)).toEqual(tagsOfText)
        expect(textOf(page).replaceAll('\n', '')).toBe(pageWith(shown(text)))
      }),
      { numRuns: 300 },
    )
  })

  test('code is plain code and can be copied', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        fc.pre(shown(text) !== '')
        const page = html(place(code(text)))
        expect(tagsOf(page)).toEqual(tagsOfCode)
        expect(page).not.toContain('\u200b')
        expect(textOf(page).replaceAll('\n', '')).toBe(pageWith(shown(text)))
      }),
      { numRuns: 300 },
    )
  })
})

test.each([
  '@org/team',
  'see @someone',
  'https://example.org/x',
  'www.example.org',
  'mailto:a@example.org',
  'a@example.org',
  '#12',
  'GH-12',
  'org/repo#3',
])('%s is neither a link nor a mention', (text) => {
  const page = html(`${cell(text)}\n`)
  expect(page).not.toContain('<a')
  // Platforms look for these in the text of the page.
  expect(page).not.toMatch(/@\w|#\d|GH-\d|:\/\/|www\./)
  expect(textOf(page).trim()).toBe(text)
})

test('empty text stays empty', () => {
  expect([cell(''), cell(' \n'), code(''), code('\t')]).toEqual(['', '', '', ''])
})
