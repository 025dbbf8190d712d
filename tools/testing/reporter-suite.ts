/**
 * What must be so of every reporter, for every kind of result: the same text for the
 * same result, its own format for a real parser, and texts of strangers stay texts.
 */
import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { PLAIN } from '../../src/quote/style.ts'
import { terminalSafe } from '../../src/quote/terminal.ts'
import type { Registered } from '../../src/report/registry.ts'
import { type Next, plainly, REPORTS } from '../../src/report/report-fixtures.ts'
import type { Look, Report, ReportKind } from '../../src/report/reporter.ts'
import { hostileText } from './hostile.ts'

/** What a text is, without the words in it; throws where it is not of its format. */
export type Skeleton = (text: string) => unknown

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' })

/** Of values only their kinds, and of objects their names. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]))
}

const elementsOf: Skeleton = (xml) => {
  expect(XMLValidator.validate(xml)).toBe(true)
  return withoutTypes(shapeOf(parser.parse(xml)))
}

/** A parser may take the word of an attribute for a number. */
function withoutTypes(shape: unknown): unknown {
  if (Array.isArray(shape)) return shape.map(withoutTypes)
  if (typeof shape !== 'object' || shape === null) return null
  return Object.fromEntries(Object.entries(shape).map(([key, one]) => [key, withoutTypes(one)]))
}

const tagsOf: Skeleton = (markdown) => {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  })
  return html.match(/<[^>]*>/g) ?? []
}

/** Level and properties of each command (actions/runner, ActionCommand.cs). */
const commandsOf: Skeleton = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, level, properties = ''] =
        /^::(error|warning|notice) ((?:\w+=[^:,\r\n]*,?)+)::[^\r\n]*$/.exec(line) ?? []
      expect([line, level]).toEqual([line, expect.any(String)])
      return [level, properties.split(',').map((one) => one.split('=')[0])]
    })

/** Nothing of it acts on a terminal; how many lines it has depends on its words. */
const safeText: Skeleton = (text) => {
  expect(terminalSafe(text)).toBe(text)
  return null
}

/** A reporter that is not here is held to the rules of all. */
const SKELETONS: Readonly<Record<string, Skeleton>> = {
  terminal: safeText,
  json: (text) => shapeOf(JSON.parse(text)),
  junit: elementsOf,
  markdown: tagsOf,
  github: commandsOf,
}

const hostile = fc
  .uniqueArray(
    hostileText().map((text) => (/^[\s\p{Cc}\p{Z}]*$/u.test(text) ? 'x' : text.slice(0, 300))),
    { minLength: 30, maxLength: 30 },
  )
  .map((texts): Next => {
    let i = 0
    return () => texts[i++ % texts.length]!
  })

const LOOKS: readonly Look[] = [
  { style: PLAIN, quiet: false },
  { style: PLAIN, quiet: true },
  { style: { ...PLAIN, columns: 200 }, quiet: false },
  { style: { ...PLAIN, columns: 60 }, quiet: false },
]

export function everyReporter(
  registry: readonly Registered[],
  skeletons: Readonly<Record<string, Skeleton>> = SKELETONS,
): void {
  test('names differ, and can be written on a command line', () => {
    const names = registry.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z-]*$/)
  })

  describe.each(registry.map((one) => [one.name, one] as const))('%s', (name, { load, what }) => {
    const skeletonOf = skeletons[name]

    test('is what its line says', async () => {
      expect((await load()).name).toBe(name)
      expect(what).toMatch(/\S/)
      expect(Object.keys(skeletons)).toContain(name)
    })

    test.each(Object.keys(REPORTS) as ReportKind[])('tells of one kind: %s', async (kind) => {
      const reporter = await load()
      const told = (report: Report, look: Look): string => reporter.render(report, look)
      for (const look of LOOKS) {
        const text = told(REPORTS[kind](plainly()), look)
        expect(text).toMatch(/\S/)
        expect(told(REPORTS[kind](plainly()), look)).toBe(text)
        const expected = skeletonOf?.(text)
        fc.assert(
          fc.property(hostile, (next) => {
            expect(skeletonOf?.(told(REPORTS[kind](next), look))).toEqual(expected)
          }),
          { numRuns: 25 },
        )
      }
    })
  })
}
