/** Claim: whatever text a result holds, a report of it has no code but those of the style, and no line at the margin that the text begins. */
import { describe, expect, test } from 'vitest'
import type { ZodType } from 'zod'
import { forTerminal, markedStyle, PLAIN, type Style } from '../quote/style.ts'
import { diffSchema } from '../result/diff-schema.ts'
import { explainSchema } from '../result/explain-schema.ts'
import { matrixSchema } from '../result/matrix-schema.ts'
import { resultSchema } from '../result/result-schema.ts'
import { renderDiff } from './diff-terminal.ts'
import { DIFF, EXPLANATION, FORGED, HOSTILE, MATRIX, RESULT } from './every-part-fixtures.ts'
import { renderExplanation } from './explain-terminal.ts'
import { renderMatrix } from './matrix-terminal.ts'
import { renderScenario, renderScenarioQuietly } from './terminal.ts'
import { renderSummary } from './terminal-summary.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Every text of it that the schema leaves free, and every name in a record, with the hostile one behind it. */
function hostile<T>(value: T, schema: ZodType): T {
  let whole = JSON.parse(JSON.stringify(value)) as Json
  for (const path of textsOf(whole)) {
    const changed = replaced(whole, path)
    if (schema.safeParse(changed).success) whole = changed
  }
  expect(schema.safeParse(whole).success).toBe(true)
  return whole as T
}

type Path = readonly (string | number)[]

function textsOf(value: Json, path: Path = []): Path[] {
  if (typeof value === 'string') return [path]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => textsOf(one as Json, [...path, key]))
}

function replaced(value: Json, [key, ...rest]: Path): Json {
  if (key === undefined) return `${value as string}${HOSTILE}`
  if (Array.isArray(value))
    return value.map((one: Json, i) => (i === Number(key) ? replaced(one, rest) : one))
  const object = value as { readonly [key: string]: Json }
  return { ...object, [key]: replaced(object[key]!, rest) }
}

const REPORTS: Readonly<Record<string, (style: Style) => readonly string[]>> = {
  'a run': (style) => {
    const made = hostile(RESULT, resultSchema)
    return [
      ...made.scenarios.map((one) => renderScenario(one, style)),
      ...made.scenarios.map((one) => renderScenarioQuietly(one, style)),
      renderSummary(made, style),
    ]
  },
  'a comparison': (style) => [renderDiff(hostile(DIFF, diffSchema), style)],
  'an explanation': (style) => [renderExplanation(hostile(EXPLANATION, explainSchema), style)],
  'a matrix': (style) => [renderMatrix(hostile(MATRIX, matrixSchema), style)],
}

const MARK = ';1111;2222;3333;4444'

describe.each(Object.entries(REPORTS))(
  'hostile text cannot act on the terminal: %s',
  (_, reports) => {
    test.each([
      ['plain', PLAIN],
      ['coloured', markedStyle(MARK)],
    ])('%s', (_name, style) => {
      for (const report of reports(style)) {
        const text = forTerminal(report, MARK)
        expect(text).toContain(FORGED)
        const bare = text.replaceAll(/\p{Cc}\[(?:1|2|22|31|32|33|39)m/gu, '')
        expect(bare).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        const colours = text.length - bare.length
        expect(colours > 0).toBe(style !== PLAIN)
        for (const line of bare.split('\n')) expect(line).not.toMatch(/^FORGED/)
      }
    })
  },
)
