import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { InputError } from '../system/errors.ts'
import { loadPolicy, loadScenarios } from './load.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-read-'))
  mkdirSync(at('folder.yaml'))
  mkdirSync(at('policies'))
  mkdirSync(at('empty'))
  writeFileSync(at('empty.yaml'), '')
  writeFileSync(at('huge.yaml'), 'a: b\n')
  truncateSync(at('huge.yaml'), 50_000_000)
  writeFileSync(at('big.yaml'), `title: ${'x'.repeat(2_000_000)}\n`)
  writeFileSync(at('latin.yaml'), Buffer.from('policy: p\ntitle: F\u00fcr alle\n', 'latin1'))
  writeFileSync(at('wide.yaml'), Buffer.from('\ufefftitle: x\n', 'utf16le'))
  execFileSync('mkfifo', [at('pipe.yaml')])
  copyFileSync(join(SCENARIOS, 'default-egress.yaml'), at('lost.yaml'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a file that is not a policy is refused at once', () => {
  test.each([
    ['a missing file', 'missing.yaml', /no such file or directory/],
    ['a directory', 'folder.yaml', /is a directory, not a policy file/],
    ['a pipe', 'pipe.yaml', /is not a regular file/],
    ['an empty file', 'empty.yaml', /the file is empty/],
    ['50 MB', 'huge.yaml', /50,000,000 bytes: the limit of a policy file is 1,048,576/],
    ['2 MB', 'big.yaml', /the limit is 1048576/],
    ['Latin-1', 'latin.yaml', /latin\.yaml:2:9: not UTF-8: an invalid byte here/],
    ['UTF-16', 'wide.yaml', /wide\.yaml:1:1: not UTF-8: it is UTF-16/],
    ['a file in place of a folder', 'empty.yaml/x.yaml', /not a directory/],
  ])('%s', (_, name, message) => {
    expect(() => loadPolicy(at(name))).toThrow(InputError)
    expect(() => loadPolicy(at(name))).toThrow(message)
  })
})

describe('scenarios', () => {
  test('are those of the folder, or only those named', () => {
    const all = loadScenarios(SCENARIOS, []).map((l) => l.scenario.id)
    expect(all).toContain('default-egress')
    expect(all.filter((id) => id.startsWith('policies'))).toEqual([])
    expect(
      loadScenarios(SCENARIOS, ['default-egress', 'default-egress']).map((l) => l.scenario.id),
    ).toEqual(['default-egress'])
    expect(loadScenarios('.', [join(SCENARIOS, 'default-egress.yaml')])).toHaveLength(1)
  })

  test.each([
    [
      'an unknown id',
      SCENARIOS,
      ['default-egres'],
      /no scenario "default-egres".*did you mean "default-egress"/,
    ],
    ['a missing folder', '/nowhere/at/all', [], /there is no such folder/],
  ])('%s', (_, root, ids, message) => {
    expect(() => loadScenarios(root, ids)).toThrow(message)
  })

  test('a folder without scenarios is an error', () => {
    expect(() => loadScenarios(at('empty'), [])).toThrow(/no scenarios in this folder/)
  })

  test('a missing policy is reported at its position in the scenario', () => {
    expect(() => loadScenarios(folder, ['lost'])).toThrow(
      /lost\.yaml:\d+:\d+: policy ".*policies\/zerops\.yaml": no such file/,
    )
  })

  test('the problems of all files are reported together', () => {
    const attempt = () => loadScenarios(folder, ['lost', 'empty'])
    expect(attempt).toThrow(/lost\.yaml/)
    expect(attempt).toThrow(/empty\.yaml:1:1: the file is empty/)
  })
})
