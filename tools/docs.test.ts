/** Claim: the documents lead somewhere, name what is there, and say of every sample how it was made. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.ts'
import { knownHelp } from './docs/command-line.ts'
import { recordPaths } from './docs/decisions.ts'
import { generatedPages } from './docs/generated.ts'
import { anchorsOf, type Link, linksOf } from './docs/links.ts'
import { namedFilesIn } from './docs/named-files.ts'
import { nftproofOptionsIn, optionsIn } from './docs/options.ts'
import { pagePaths, pageText, ROOT } from './docs/pages.ts'
import { isRun } from './docs/samples.ts'

const pages = pagePaths()

test('the README has at most 150 lines and the two commands that set up a clone', () => {
  const readme = pageText('README.md')
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  expect(readme).toMatch(/^npm run conformance\b/m)
  expect(readme).toMatch(/^npm test\b/m)
})

test('every page of docs/ can be reached from the README', () => {
  const reached = new Set<string>()
  const follow = (page: string): void => {
    if (reached.has(page) || !page.endsWith('.md')) return
    reached.add(page)
    for (const { target } of linksOf(pageText(page))) {
      const path = fileOf(page, target)
      if (path !== undefined && existsSync(join(ROOT, path)) && !isFolder(path)) follow(path)
    }
  }
  follow('README.md')
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
})

describe('links lead to existing targets', () => {
  test.each(pages)('%s', (page) => {
    const dead = linksOf(pageText(page)).filter((link) => !leadsSomewhere(page, link))
    expect(dead).toEqual([])
  })
})

test('project files that a page names exist', () => {
  // A change log and a decision speak of their own time.
  const lasting = pages.filter((page) => page !== 'CHANGELOG.md' && !isRecord(page))
  const missing = lasting.flatMap((page) =>
    namedFilesIn(pageText(page))
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${page}: ${path}`),
  )
  expect(missing).toEqual([])
})

test('a decision record has a unique number, at most 60 lines and the usual parts', () => {
  const numbers = recordPaths().map((path) => /(\d{4})-[^/]+$/.exec(path)?.[1])
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const path of recordPaths()) {
    const text = pageText(path)
    expect(text.trimEnd().split('\n').length, path).toBeLessThanOrEqual(60)
    expect(text, path).toMatch(/^# \d{4}[.:]? .+\n/)
  }
})

describe('every sample is run by a test or says how it was made', () => {
  test.each(pages.filter((page) => page !== 'CHANGELOG.md'))('%s', (page) => {
    const silent = blocksOf(pageText(page)).filter(
      (block) =>
        !isRun(block) &&
        !['text', 'mermaid'].includes(block.language) &&
        !block.attributes.has('file') &&
        block.madeBy === undefined,
    )
    expect(silent.map(({ line, language }) => `${page}:${line} ${language}`)).toEqual([])
  })
})

test('a drawing contains no commands', () => {
  const wrong = pages.flatMap((page) =>
    blocksOf(pageText(page))
      .filter(({ language, body }) => language === 'text' && body.some((l) => l.startsWith('$ ')))
      .map(({ line }) => `${page}:${line}`),
  )
  expect(wrong).toEqual([])
})

test('options that a page names are in the help', () => {
  const known = new Set(knownHelp().flatMap(({ text }) => optionsIn(text)))
  const unknown = pages
    .filter((page) => page !== 'CHANGELOG.md' && !isRecord(page))
    .flatMap((page) =>
      nftproofOptionsIn(pageText(page))
        .filter((option) => !known.has(option))
        .map((option) => `${page}: ${option}`),
    )
  expect(unknown).toEqual([])
})

test('generated pages are current (update: npm run docs)', () => {
  for (const [path, text] of generatedPages()) expect(pageText(path), path).toBe(text)
})

/** Path from the root; undefined for the web, and for places in the page itself. */
function fileOf(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined
  const path = target.split('#')[0]!
  return path === '' ? page : normalize(join(dirname(page), path))
}

function leadsSomewhere(page: string, { target }: Link): boolean {
  const path = fileOf(page, target)
  if (path === undefined) return true
  if (path.startsWith('..') || !existsSync(join(ROOT, path))) return false
  const anchor = target.split('#')[1]
  return anchor === undefined || (path.endsWith('.md') && anchorsOf(pageText(path)).has(anchor))
}

const isRecord = (page: string): boolean => recordPaths().includes(page)

const isFolder = (path: string): boolean => statSync(join(ROOT, path)).isDirectory()
