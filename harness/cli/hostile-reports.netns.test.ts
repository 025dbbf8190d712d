/** Claim: reports of hostile scenarios and results can be parsed, and hold nothing but text. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { resultSchema } from '../../src/result/result-schema.ts'
import { type Ended, nftproof } from '../../tools/testing/command.ts'
import {
  before,
  CANARY,
  COMMENT,
  expectFiles,
  files,
  folder,
  inHostileFolder,
  markupOf,
  PLAIN_MARKUP,
  POLICY,
  read,
  runInFolder,
  SCENARIO,
  wordsOf,
  write,
} from '../../tools/testing/hostile-names.ts'

inHostileFolder()

describe('the reports of a run', () => {
  const TITLE = `${COMMENT} \n \u001b[31m \u202e ' "`

  function ran(firewall: string, junit: string, markdown: string): Ended {
    write('policy.yaml', POLICY)
    write('`>made`.yaml', SCENARIO(TITLE, firewall))
    expectFiles([...before, 'policy.yaml', '`>made`.yaml'].sort())
    const few = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '79-81,443', '--no-save']
    const env = { GITHUB_STEP_SUMMARY: join(folder, markdown) }
    try {
      const args = [
        'run',
        '`>made`.yaml',
        ...few,
        `--reporter=junit=${junit}`,
        '--reporter',
        'json',
      ]
      return nftproof(args, { cwd: folder, env })
    } finally {
      expect(files()).not.toContain(CANARY)
    }
  }

  test.each([
    ['`>made`.nft', '`>made`.xml', '$(>made).md'],
    ['-x.nft', '-j.xml', '-m.md'],
  ])('of the firewall %j are valid for real parsers', (firewall, junit, markdown) => {
    try {
      const { code, out } = ran(firewall, junit, markdown)
      expect(code).toBe(1)
      const result = resultSchema.parse(JSON.parse(out))
      expect(result.scenarios[0]?.title).toBe(TITLE)
      const xml = read(junit)
      expect(XMLValidator.validate(xml)).toBe(true)
      const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml)
      expect(testsuites.testsuite['@_name']).toContain('>made')
      expect(xml).not.toMatch(/<script|[^\P{Cc}\n\t]|\u202e/u)
      // Each row of the table has the cells of its head, and none of the texts is markup.
      const table = read(markdown)
        .split('\n')
        .filter((line) => line.startsWith('| ✘'))
      expect(table).toHaveLength(11)
      expect(markupOf(read(markdown))).toEqual(PLAIN_MARKUP)
      const replays = result.scenarios[0]!.tables.flatMap(({ rows }) =>
        rows.flatMap(({ replay }) => replay ?? []),
      )
      expect(replays).toHaveLength(48)
      for (const replay of replays)
        expect(wordsOf(replay).slice(0, 2)).toEqual(['run', '`>made`.yaml'])
    } finally {
      for (const name of ['policy.yaml', '`>made`.yaml'])
        rmSync(join(folder, name), { force: true })
      expectFiles(before.filter((name) => name !== 'policy.yaml' && name !== '`>made`.yaml'))
    }
  })
})

describe('a hostile result', () => {
  /** Every free text of a result becomes hostile. */
  const hostile = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return FREE.has(key) ? `${COMMENT}\n"'${value}` : value
    if (Array.isArray(value)) return value.map((one) => hostile(one, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, hostile(v, k)]))
  }
  const FREE = new Set(
    [
      'id',
      'title',
      'requirement',
      'source',
      'label',
      'from',
      'to',
      'rule',
      'chain',
      'table',
    ].concat([
      'probe',
      'replay',
      'problems',
      'reason',
      'kernel',
      'nft',
      'nftproof',
      'origin',
      'file',
    ]),
  )

  test('is shown, and its reports are valid for real parsers', () => {
    write('policy.yaml', POLICY)
    write('s.yaml', SCENARIO('t', 'other.nft'))
    const few = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '443,8080', '--no-save']
    const { out } = runInFolder('run', 's.yaml', ...few, '--reporter', 'json')
    write('r.json', JSON.stringify(hostile(JSON.parse(out))))
    expectFiles(files())
    try {
      const shown = runInFolder(
        'show',
        'r.json',
        '--reporter',
        'junit=`>made`.xml',
        '--reporter',
        'markdown=$(>made).md',
      )
      expect(shown.code).toBe(1)
      const xml = read('`>made`.xml')
      expect(XMLValidator.validate(xml)).toBe(true)
      expect(xml).not.toContain('<script')
      expect(markupOf(read('$(>made).md'))).toEqual(PLAIN_MARKUP)
      const matrix = runInFolder(
        'matrix',
        '--target',
        'a=result:r.json',
        '--target',
        'b=result:r.json',
        '--reporter',
        'json',
      )
      expect(JSON.parse(matrix.out).targets.map(({ name }: { name: string }) => name)).toEqual([
        'a',
        'b',
      ])
      expect(runInFolder('merge', 'r.json', '--no-save', '--reporter', 'json').code).toBe(1)
    } finally {
      for (const name of ['policy.yaml', 's.yaml', 'r.json'])
        rmSync(join(folder, name), { force: true })
      expectFiles(before.filter((name) => !['policy.yaml', 's.yaml', 'r.json'].includes(name)))
    }
  })
})
