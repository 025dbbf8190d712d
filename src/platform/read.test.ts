import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { type PlatformSource, readPlatform } from './read.ts'
import { generated } from './synthetic.ts'

const FILES: Readonly<Record<string, string>> = {
  'projects.yaml': `shop: { organization: acme, link: shop0, addresses: [10.20.1.10/24] }
blog: { link: blog0, addresses: [10.20.2.10/24] }
`,
  'projects.jsonl': `{"project":"shop","organization":"acme","link":"shop0","addresses":["10.20.1.10/24"]}
{"project":"blog","link":"shop0","addresses":["10.20.2.10/24"]}
`,
  'twice.jsonl': `{"project":"shop","link":"a","addresses":["10.20.1.10/24"]}
{"project":"shop","link":"b","addresses":["10.20.2.10/24"]}
`,
  'clash.jsonl': `{"project":"shop","link":"a","addresses":["10.20.1.10/16"]}
{"project":"blog","link":"b","addresses":["10.20.2.10/24"]}
`,
  'r.yaml': `request: a
project: shop
organization: acme
useCase: A use case of more than a few words
ports: { tcp: 587 }
requested: 2026-01-01
`,
  'bad.yaml': 'request: a\n',
}

const place: PlatformSource = {
  file: 'platform.yaml',
  resolve: (path) => `/x/${path}`,
  include: (path) =>
    FILES[path] === undefined ? { reason: 'no such file' } : [{ file: path, text: FILES[path] }],
}

function read(projects: string, requests = '[r.yaml]') {
  return readPlatform(`policy: p.yaml\nprojects: ${projects}\nrequests: ${requests}\n`, place)
}

test.each(['projects.yaml', 'projects.jsonl'])('projects may be in %s', (file) => {
  const reading = read(file)
  expect(reading.ok).toBe(true)
  if (!reading.ok) return
  expect(reading.value.zones.map(({ name, organization }) => [name, organization])).toEqual([
    ['shop', 'acme'],
    ['blog', undefined],
    ['internet', undefined],
  ])
  expect(reading.value.requests.map(({ id }) => id)).toEqual(['a'])
  expect(reading.value.policyFile).toBe('/x/p.yaml')
})

describe('a platform is refused', () => {
  const problems = (...files: [string, string?]): string[] => {
    const reading = read(...files)
    return reading.ok ? [] : reading.problems.map(problemText)
  }

  test.each<[string, [string, string?], string]>([
    ['a missing file', ['none.yaml'], 'platform.yaml:2:11: "none.yaml": no such file'],
    [
      'a missing request file',
      ['projects.yaml', '[none]'],
      'platform.yaml:3:12: "none": no such file',
    ],
    [
      'a project twice',
      ['twice.jsonl'],
      'twice.jsonl:2:1: project "shop" is listed twice: remove one entry',
    ],
    [
      'prefixes that overlap',
      ['clash.jsonl'],
      'clash.jsonl:2:1: prefix of "10.20.2.10/24" overlaps "10.20.1.10/16" of shop',
    ],
    ['an invalid request', ['projects.yaml', '[bad.yaml]'], 'bad.yaml:1:1: project is missing'],
  ])('%s', (_, files, message) => {
    expect(problems(...files)).toContain(message)
  })
})

test.each<[string, string, RegExp]>([
  [
    'projects in a list',
    '[{ project: shop }]',
    /^projects \[\{"project":"shop"\}\]: must be a map of keys and values or text$/,
  ],
  [
    'a mistyped key of a project',
    '{ shop: { organisation: acme, link: a, addresses: [10.1.1.10/24] } }',
    /^unknown key "organisation" in shop — did you mean "organization"\?$/,
  ],
  [
    'one value in place of a list',
    '{ shop: { link: a, addresses: 10.1.1.10/24 } }',
    /^addresses "10\.1\.1\.10\/24": must be a list$/,
  ],
])('%s: the error says what was meant', (_, projects, message) => {
  const text = `policy: p.yaml\nprojects: ${projects}\n`
  const place = { file: 'x.yaml', resolve: (path: string) => path, include: () => [] }
  const reading = readPlatform(text, place)
  expect(reading).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringMatching(message) }],
  })
})

describe('projects made from a seed', () => {
  const at = { file: 's.yaml', line: 1, column: 1 }
  const make = (seed: number, perLink = 1) =>
    generated({ projects: 50, classes: 8, seed, perLink }, at)

  test('are the same for the same seed, and different for another', () => {
    expect(make(1)).toEqual(make(1))
    expect(JSON.stringify(make(1))).not.toBe(JSON.stringify(make(2)))
  })

  test('read as projects of a platform, on links of their own or shared ones', () => {
    for (const perLink of [1, 10]) {
      const text = `policy: p.yaml\nprojects: ${JSON.stringify(make(1, perLink).projects)}\n`
      const reading = readPlatform(text, place)
      expect(reading.ok && reading.value.zones).toHaveLength(51)
      const links = reading.ok ? new Set(reading.value.zones.map(({ link }) => link)) : new Set()
      expect(links.size).toBe(50 / perLink + 1)
    }
  })

  test('have every class of grants, the first class without grants', () => {
    const { requests } = make(7)
    const owners = new Set(requests.map(({ project }) => project))
    expect(owners.has('p01')).toBe(false)
    for (const project of ['p02', 'p03', 'p04', 'p05', 'p06', 'p07', 'p08'])
      expect(owners).toContain(project)
  })
})
