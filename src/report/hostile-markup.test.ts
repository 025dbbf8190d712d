/**
 * Claim: texts from files, rulesets and results of others stay texts in every
 * report: JUnit has the same elements, Markdown the same markup, JSON the same
 * values as if they were plain words.
 */

import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { hostileText } from '../../tools/testing/hostile.ts'
import { row as changeRow, probed } from '../changed-rules/fixtures.ts'
import { clause, policyOf, section } from '../policy/egress/fixtures.ts'
import { requestOf } from '../request/fixtures.ts'
import { type Context, review } from '../request/review.ts'
import type { Review } from '../request/reviewed.ts'
import { parseServices } from '../request/services.ts'
import type { DiffResult } from '../result/diff.ts'
import type { Matrix } from '../result/matrix.ts'
import type { Result } from '../result/result.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { renderDiffMarkdown } from './diff-markdown.ts'
import { BLOCKED, result, row, scenario, table, WRONG } from './fixtures.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderMatrixMarkdown } from './matrix-markdown.ts'
import { renderReviewMarkdown } from './request-markdown.ts'

/** Gives the next text. */
type Next = () => string

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' })

/** Names of elements and attributes, without what stands in them. */
function elementsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(elementsOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key.startsWith('@') ? null : elementsOf(one)]),
  )
}

const tagsOf = (markdown: string): string[] => {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  })
  return html.match(/<[^>]*>/g) ?? []
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
/** Words, each another one: reports leave repetitions out. */
function plainly(): Next {
  let i = 0
  return () => `x${i++}`
}

const port = { from: 443, to: 443, verdict: 'mismatch' } as const

function resultOf(next: Next): Result {
  const at = { file: next(), line: 3, column: 5 }
  const wrong = {
    ...WRONG,
    expected: { ...BLOCKED, clause: { label: next(), at } },
    evidence: {
      number: 25,
      probe: next(),
      trace: [
        { table: next(), chain: next(), rule: next(), verdict: 'accept', file: next(), line: 3 },
      ],
    },
    replay: next(),
  }
  const unknown = row(80, 80, BLOCKED, { kind: 'inconclusive', reason: next() }, 'unknown')
  const subject = { from: next(), to: next(), family: 4, protocol: 'tcp' } as const
  const of = { class: 2, members: 8, representative: next(), role: 'representative' } as const
  const one = scenario([table([wrong, unknown], { ...subject, coverage: of })], {
    ...{ id: next(), title: next(), requirement: next(), source: next(), status: 'mismatch' },
    problems: [next(), next()],
    controls: [{ ...subject, ruleset: 'none', probes: 1, passed: false, reason: next() }],
    handshakes: [
      {
        ...subject,
        count: 1,
        rows: [{ ...port, replay: next(), expected: 'completes', observed: next() as 'completes' }],
      },
    ],
    sourcePorts: [
      { ...subject, ports: [], towards: [], probes: 1, exceptions: [{ from: 53, to: 53 }] },
    ],
    notMeasured: [{ family: 4, cause: 'environment', reason: next() }],
  })
  const versions = { nftproof: next(), node: '24', kernel: next(), nft: next() }
  return result([one], { status: 'mismatch', versions })
}

function diffOf(next: Next): DiffResult {
  const step = () => ({ table: next(), chain: next(), rule: next(), verdict: 'accept' })
  const walk = () => ({ probe: next(), steps: [step()] })
  const row = {
    ...changeRow(22, 22),
    replay: next(),
    evidence: { number: 22, before: walk(), after: walk() },
  }
  const unsteady = { from: 1, to: 2, alike: false, before: [], after: [] }
  const side = () => ({ origin: next(), files: [], notVaried: [next()] })
  return {
    ...{
      format: 'nftproof-diff',
      version: RESULT_VERSION,
      status: 'different',
      interrupted: false,
    },
    ...{ old: side(), new: side(), expected: next(), missing: [], problems: [next()] },
    tables: [probed([row], { from: next(), to: next(), unsteady: [unsteady] as never }).table],
    coverage: {
      ...{ paths: 1, probed: 1, combinations: 1, classes: 1, probes: 1 },
      leftOut: [next()],
    },
    acceptsUntested: false,
    changedRules: [
      { side: 'new', state: 'untested', rule: next(), reason: next(), file: next(), line: 1 },
      { side: 'old', state: 'shadowed', rule: next(), by: next(), chain: next() },
    ],
    versions: { nftproof: next(), node: '24', kernel: next(), nft: next() },
    timing: { startedAt: '', totalMs: 1 },
  } as unknown as DiffResult
}

function matrixOf(next: Next): Matrix {
  const versions = { nftproof: next(), node: '24', kernel: next(), nft: next() }
  const names = [next(), next()]
  return {
    status: 'different',
    targets: [
      { name: names[0], what: next(), versions },
      { name: names[1], what: next(), failure: next() },
    ],
    scenarios: [
      {
        id: next(),
        cells: [
          { status: 'conforms', wrong: 0 },
          { status: 'absent', wrong: 0 },
        ],
      },
    ],
    differences: [
      {
        ...{ scenario: next(), path: next(), from: 1, to: 2 },
        seen: [
          { words: next(), targets: names },
          { words: next(), targets: [next()] },
        ],
      },
    ],
    problems: [next()],
  } as unknown as Matrix
}

describe('a result of hostile texts', () => {
  test('is as many cases, failures and errors in JUnit, for a real parser', () => {
    const expected = elementsOf(parser.parse(renderJunit(resultOf(plainly()))))
    fc.assert(
      fc.property(hostile, (next) => {
        const xml = renderJunit(resultOf(next))
        expect(XMLValidator.validate(xml)).toBe(true)
        expect(elementsOf(parser.parse(xml))).toEqual(expected)
      }),
    )
  })

  test('has the same markup in Markdown', () => {
    const expected = tagsOf(renderMarkdown(resultOf(plainly())))
    expect(expected.length).toBeGreaterThan(50)
    fc.assert(
      fc.property(hostile, (next) => {
        expect(tagsOf(renderMarkdown(resultOf(next)))).toEqual(expected)
      }),
    )
  })

  test('is itself in JSON', () => {
    fc.assert(
      fc.property(hostile, (next) => {
        const text = JSON.stringify(resultOf(next))
        expect(JSON.stringify(JSON.parse(text))).toBe(text)
      }),
    )
  })
})

test('a comparison of hostile texts has the same markup in Markdown', () => {
  const expected = tagsOf(renderDiffMarkdown(diffOf(plainly())))
  expect(expected.length).toBeGreaterThan(30)
  fc.assert(
    fc.property(hostile, (next) => {
      expect(tagsOf(renderDiffMarkdown(diffOf(next)))).toEqual(expected)
    }),
  )
})

test('a matrix of hostile texts has the same markup in Markdown', () => {
  const expected = tagsOf(renderMatrixMarkdown(matrixOf(plainly())))
  expect(expected.length).toBeGreaterThan(20)
  fc.assert(
    fc.property(hostile, (next) => {
      expect(tagsOf(renderMatrixMarkdown(matrixOf(next)))).toEqual(expected)
    }),
  )
})

const CONTEXT: Context = {
  policy: policyOf({
    tcp: section([clause('allow', '443')], [], 'deny'),
    udp: section([], [], 'deny'),
  }),
  platform: 'platform.yaml',
  zones: [
    {
      ...{ name: 'shop', kind: 'project', organization: 'acme', link: 'shop0' },
      addresses: [{ family: 4, address: '10.20.1.10', prefixLength: 24 }],
    },
  ],
  organizations: new Map([['shop', 'acme']]),
  others: [],
  warnings: [],
  at: '2026-06-15',
  naming: { named: true, source: '/etc/services' },
  services: parseServices('smtp 25/tcp'),
}

function reviewOf(next: Next): Review {
  const measured = { verdict: 'not measured', wanted: true, reason: next() } as const
  const page = review(requestOf(), CONTEXT, measured)
  const at = { file: next(), line: 1, column: 1 }
  const named = { id: next(), project: next(), organization: next(), useCase: next() }
  return {
    ...page,
    request: { ...page.request, ...named },
    policy: { ...page.policy, id: next() },
    platform: next(),
    findings: [{ kind: 'warning', at, message: next() }],
    alternatives: [{ advice: next(), source: next() }],
    naming: { named: false, reason: next() },
  } as unknown as Review
}

test('a review of hostile texts has the same markup in Markdown', () => {
  const expected = tagsOf(renderReviewMarkdown(reviewOf(plainly())))
  expect(expected.length).toBeGreaterThan(30)
  fc.assert(
    fc.property(hostile, (next) => {
      expect(tagsOf(renderReviewMarkdown(reviewOf(next)))).toEqual(expected)
    }),
  )
})
