/** Claim: any text comes out of a real parser as it was, but for what XML cannot hold, and never as markup. */

import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { hostileText } from '../../tools/testing/hostile.ts'
import { xmlText } from './xml.ts'

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
})

const shown = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(/[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}\ufffe\uffff]/gu, '�')

test('hostile text in attributes and elements reads back the same', () => {
  fc.assert(
    fc.property(hostileText(), hostileText(), (name, body) => {
      const xml = xmlText({ suite: { case: { '@name': name, '#text': `[${body}]` } } })
      expect(XMLValidator.validate(xml)).toBe(true)
      const { suite, ...others } = parser.parse(xml)
      expect(Object.keys(others)).toEqual([])
      expect(Object.keys(suite.case).sort()).toEqual(['#text', '@name'])
      expect(suite.case['#text']).toBe(`[${shown(body)}]`)
      // An XML processor makes blanks of line ends in attributes (XML 1.0 §3.3.3); this one keeps them.
      expect(suite.case['@name']).toBe(shown(name))
    }),
    { numRuns: 400 },
  )
})

test.each(['true', 'false', '', '0', '<', '&', "'", '"', ']]>', '<!--', '<?xml'])(
  'the name %j reads back the same',
  (name) => {
    const xml = xmlText({ case: { '@name': name } })
    expect(XMLValidator.validate(xml)).toBe(true)
    expect(parser.parse(xml).case['@name']).toBe(name)
  },
)

test('no control characters except tab and line feed, and no direction marks, are left', () => {
  fc.assert(
    fc.property(hostileText(), (text) => {
      expect(xmlText({ a: { '@b': text } })).not.toMatch(/[^\P{Cc}\t\n]|[\p{Cf}\p{Cs}]/u)
    }),
  )
})
