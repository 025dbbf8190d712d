/** Claim: every "cannot" of SECURITY.md names tests, and these tests are there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname
const PAGE = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')

const table = PAGE.slice(PAGE.indexOf('| input |')).split('\n\n')[0]!
const rows = table
  .split('\n')
  .slice(2)
  .map((line) => line.split('|').slice(1, -1))

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The files that a cell names, and the titles behind each; "the same" is the file of the row before. */
function testsIn(cell: string, before: string): { path: string; titles: string[] }[] {
  return cell.split(';').map((part) => {
    const path = /`([^`]+)`/.exec(part)?.[1] ?? before
    return { path, titles: [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => title!) }
  })
}

test('every row has an input, what is possible or impossible, and its tests', () => {
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) expect(row).toHaveLength(4)
  for (const [, can, cannot, tried] of rows as [string, string, string, string][]) {
    expect(`${can}${cannot}`.trim()).not.toBe('')
    expect(tried).toMatch(/`[^`]+\.test\.ts`|the same, "/)
  }
})

test('the named test files and titles exist', () => {
  let before = ''
  for (const row of rows)
    for (const { path, titles } of testsIn(row[3]!, before)) {
      before = path
      const found = text(path)
      for (const title of titles) expect(`${path}: ${found.includes(title)}`).toBe(`${path}: true`)
    }
})

test('every kind of input has a row', () => {
  const inputs = rows.map(([input]) => input!.trim()).join(', ')
  for (const kind of [
    ...['ruleset', 'iptables-save file', 'script', 'image', 'Dockerfile', 'compose file'],
    ...['policy', 'scenario', 'request', 'result', 'git revision', 'existing namespace'],
  ])
    expect(inputs).toContain(kind)
})
