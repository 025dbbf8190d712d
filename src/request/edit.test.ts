import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withDecision } from './edit.ts'
import type { Decided } from './edit-text.ts'
import { requestText } from './fixtures.ts'
import { readRequest } from './read.ts'

const APPROVED: Decided = {
  status: 'approved',
  by: 'platform support',
  on: '2026-06-15',
  reason: 'One relay: limited "rate"',
  until: '2026-12-31',
}
const REJECTED: Decided = {
  status: 'rejected',
  by: 'platform support',
  on: '2026-06-15',
  reason: 'Use 587',
}

const BLOCK = `  status: approved
  by: platform support
  on: 2026-06-15
  reason: "One relay: limited \\"rate\\""
  until: 2026-12-31`
const FLOW = `status: approved, by: platform support, on: 2026-06-15, reason: "One relay: limited \\"rate\\"", until: 2026-12-31`
const JSON_FLOW = `"status": "approved", "by": "platform support", "on": "2026-06-15", "reason": "One relay: limited \\"rate\\"", "until": "2026-12-31"`
const TEXT = requestText()
const crlf = (text: string): string => text.replaceAll('\n', '\r\n')

function edited(text: string, decision = APPROVED): string {
  const edit = withDecision(text, decision)
  if (!edit.ok) throw new Error(edit.reason)
  return edit.text
}

/** What stands before and after the place where the decision goes. */
const APPENDED: readonly (readonly [title: string, before: string, after: string])[] = [
  ['nothing behind the last entry', TEXT.trimEnd(), '\n'],
  ['no newline at the end', TEXT.trimEnd(), ''],
  ['a comment behind the last value', `${TEXT.trimEnd()} # asked by ticket`, '\n'],
  [
    'comments before, inside and after',
    `# first\n\n${TEXT.replace('ports', '# ports:\nports').trimEnd()}`,
    '\n\n# last\n',
  ],
  ['a leading comment and ---', `# why\n---\n${TEXT.trimEnd()}`, '\n'],
  ['an end marker', `---\n${TEXT.trimEnd()}`, '\n...\n'],
  ['blank lines at the end', TEXT.trimEnd(), '\n\n\n'],
  [
    'a list at the end',
    `${TEXT}destinations:\n  - 198.51.100.0/24 # relay\n  - 2001:db8::/32 # too`,
    '\n',
  ],
  ['a list without indentation', `${TEXT}destinations:\n- 198.51.100.0/24`, '\n'],
  [
    'a flow list over lines at the end',
    `${TEXT}destinations: [\n  198.51.100.0/24, # relay\n]`,
    '\n',
  ],
  [
    'a map at the end',
    `${TEXT.replace('ports: { tcp: 25 }\n', '')}ports:\n  tcp:\n    - 25\n    - 26`,
    '\n',
  ],
  [
    'quoted text over lines at the end',
    `${TEXT.replace(/useCase.*\n/, '')}useCase: "Order confirmations leave\n  by way of our provider"`,
    '\n',
  ],
  ['a byte order mark', `\uFEFF${TEXT.trimEnd()}`, '\n'],
]

describe('a new decision is added after the last entry', () => {
  test.each(APPENDED)('%s', (_, before, after) => {
    expect(edited(before + after)).toBe(`${before}\ndecision:\n${BLOCK}${after}`)
  })

  test.each(APPENDED)('%s, with CRLF', (_, before, after) => {
    expect(edited(crlf(before + after))).toBe(crlf(`${before}\ndecision:\n${BLOCK}${after}`))
  })

  test.each([
    ['folded', '>-', ''],
    ['literal', '|', ''],
    ['literal, keeping', '|+', '\n'],
  ])('block text at the end: %s', (_, style, blank) => {
    const text = `${TEXT.replace(/useCase.*\n/, '')}useCase: ${style}\n  Orders are told\n  by mail to the buyers\n${blank}`
    expect(edited(text)).toBe(`${text}decision:\n${BLOCK}\n`)
    expect(edited(crlf(text))).toBe(crlf(`${text}decision:\n${BLOCK}\n`))
  })

  test('block text at the end of the file', () => {
    const text = `${TEXT.replace(/useCase.*\n/, '')}useCase: >-\n  Orders are told\n  by mail to the buyers`
    expect(edited(text)).toBe(`${text}\ndecision:\n${BLOCK}`)
  })

  test('an indented map', () => {
    const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '   ')
    expect(edited(indent(TEXT))).toBe(indent(`${TEXT}decision:\n${BLOCK}\n`))
  })

  test('a flow map and JSON', () => {
    const flow = `{ ${TEXT.trimEnd().replaceAll('\n', ',\n  ')}`
    expect(edited(`${flow} }\n`)).toBe(`${flow}, decision: { ${FLOW} } }\n`)
    expect(edited(`${flow}, # why\n}`)).toBe(`${flow}, decision: { ${FLOW} }, # why\n}`)
    const json = JSON.stringify({ ...JSON_REQUEST }, null, 2)
    const cut = json.lastIndexOf('\n}')
    expect(edited(json)).toBe(`${json.slice(0, cut)}, "decision": {${JSON_FLOW}}${json.slice(cut)}`)
    expect(JSON.parse(edited(json))).toEqual({ ...JSON_REQUEST, decision: APPROVED })
  })
})

const JSON_REQUEST = {
  request: 'smtp-shop',
  project: 'shop',
  organization: 'acme',
  useCase: 'Orders are told by mail to the buyers',
  ports: { tcp: 25 },
  requested: '2026-06-01',
}

/** `¶` stands where the decision's other parts go, `pending` becomes `approved`. */
const REPLACED: readonly (readonly [title: string, written: string, now: string])[] = [
  ['a block', 'decision:\n  status: pending\n', `decision:\n${BLOCK}\n`],
  ['no newline at the end', 'decision:\n  status: pending', `decision:\n${BLOCK}`],
  ['a flow map', 'decision: { status: pending } # why\n', `decision: { ${FLOW} } # why\n`],
  ['a tight flow map', 'decision: {status: pending}\n', `decision: {${FLOW}}\n`],
  [
    'a flow map over lines',
    'decision: {\n    status: pending, # not yet\n  }\n# end',
    `decision: {\n    ${FLOW}, # not yet\n  }\n# end`,
  ],
  [
    'double quotes',
    'decision: { status: "pending" }\n',
    `decision: { ${FLOW.replace('approved', '"approved"')} }\n`,
  ],
  [
    'single quotes',
    "decision:\n  status: 'pending'\n",
    `decision:\n${BLOCK.replace('approved', "'approved'")}\n`,
  ],
  [
    'comments everywhere',
    'decision: # to do\n  # not yet\n  status: pending # soon\n  # by whom?\n# end\n',
    `decision: # to do\n  # not yet\n${BLOCK.replace('approved', 'approved # soon')}\n  # by whom?\n# end\n`,
  ],
  [
    'a wide indentation',
    'decision:\n      status: pending\n',
    `decision:\n${BLOCK.replaceAll(/^ {2}/gm, '      ')}\n`,
  ],
  ['JSON', '"decision": {"status": "pending"}\n', `"decision": {${JSON_FLOW}}\n`],
]

describe('a pending decision is replaced in place', () => {
  test.each(REPLACED)('%s, at the end', (_, written, now) => {
    expect(edited(TEXT + written)).toBe(TEXT + now)
    expect(edited(crlf(TEXT + written))).toBe(crlf(TEXT + now))
  })

  test.each(REPLACED.filter(([, written]) => written.endsWith('\n')))(
    '%s, at the start',
    (_, written, now) => {
      expect(edited(written + TEXT)).toBe(now + TEXT)
      expect(edited(`---\n${crlf(written + TEXT)}`)).toBe(`---\n${crlf(now + TEXT)}`)
    },
  )
})

test('a rejection has no end date', () => {
  expect(edited(TEXT, REJECTED)).toBe(
    `${TEXT}decision:\n  status: rejected\n  by: platform support\n  on: 2026-06-15\n  reason: Use 587\n`,
  )
})

test('a status followed by text on its line is refused with a remedy', () => {
  const edit = withDecision(`${TEXT}decision:\n  status: >-\n    pending\n`, APPROVED)
  expect(edit).toEqual({
    ok: false,
    reason: 'the decision must be written out, as "decision: { status: pending }"',
  })
})

test('random names and reasons read back unchanged from block maps, flow maps and JSON', () => {
  const said = fc
    .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    .filter((text) => text.trim() !== '' && !/\uFFFD/.test(text))
    .map((text) => text.trim())
  const odd = fc.constantFrom(
    'true',
    'null',
    '~',
    '12',
    '- a',
    'a: b',
    'a #b',
    "it's",
    '2026-06-15',
    '{x}',
    '*a',
    'a\nb',
  )
  const texts = [TEXT, `${TEXT}decision: { status: pending }`, JSON.stringify(JSON_REQUEST)]
  fc.assert(
    fc.property(fc.oneof(said, odd), fc.constantFrom(...texts), (reason, text) => {
      const reading = readRequest(edited(text, { ...REJECTED, reason }), 'r.yaml')
      expect(reading).toMatchObject({ ok: true, value: { decision: { ...REJECTED, reason } } })
    }),
  )
})
