import { describe, expect, test } from 'vitest'
import { PLAIN } from '../quote/style.ts'
import type { Matrix } from '../result/matrix.ts'
import { casesOfMatrix } from './cases-matrix.ts'
import { MATRIX } from './every-part-fixtures.ts'
import { renderMatrixMarkdown } from './matrix-markdown.ts'
import { renderMatrix } from './matrix-terminal.ts'

const seen = [
  { targets: ['here'], words: 'as from other source ports' },
  { targets: ['there'], words: 'differs from other source ports' },
]
const at = (from: number, to = from) => ({
  ...{ scenario: 's', path: 'source ports of a → b', from, to, seen },
})
const matrix = (differences: Matrix['differences']): Matrix => ({
  ...MATRIX,
  scenarios: [{ id: 's', title: 's', cells: [] }],
  differences,
})

describe('ranges at which the targets differ in the same way', () => {
  const spread = matrix([at(20), at(53), at(1024, 1030)])

  test('are one line on the terminal, in Markdown and in JUnit', () => {
    const [finding, ...others] = casesOfMatrix(spread)[0]!.cases.flatMap((one) => one.findings)
    expect(others).toEqual([])
    for (const text of [
      renderMatrix(spread, PLAIN),
      renderMatrixMarkdown(spread),
      finding!.message,
    ])
      expect(text.match(/20, 53, 1024–1030/g)).toHaveLength(1)
  })

  test('beyond the first sixteen are counted', () => {
    const many = matrix(Array.from({ length: 40 }, (_, i) => at(10 * i)))
    expect(renderMatrixMarkdown(many)).toMatch(/ 140, 150 and 24 more ranges: /)
  })

  test('are separate if the targets differ in another way', () => {
    const other = { ...at(53), seen: [seen[1]!, seen[0]!] }
    expect(renderMatrixMarkdown(matrix([at(20), other])).match(/- ✘ /g)).toHaveLength(2)
  })
})
