/** Claim: a new outcome is a change of four files; CONTRIBUTING.md lists them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, sources } from './imports/read.ts'

/** What must know every outcome: it makes one, has its form, or tells all of them apart. */
const KNOWS = /\bcase 'one-way':|\{ (?:readonly )?kind: 'one-way' \}|\bkind\('one-way'\)/

const listed = (heading: string): string[] => {
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  const section = text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file!)
}

test('four files tell outcomes apart, and the page lists them', () => {
  const files = ['src', 'harness'].flatMap(sources)
  const knowing = files.filter((file) => KNOWS.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(knowing.length).toBe(4)
  expect(listed('Add an outcome').toSorted()).toEqual(knowing.toSorted())
})

test('two files are a new kind of firewall, and two a new reporter', () => {
  expect(listed('Add a kind of firewall').length).toBe(2)
  expect(listed('Add a reporter').length).toBe(2)
})
