/**
 * Claim: names of files and links stay names through every command: no file
 * appears, the exit code is right, and what is printed can be parsed.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  expectFiles,
  FILES,
  files,
  folder,
  inHostileFolder,
  linksOf,
  NAMED,
  named,
  path,
  rules,
  runInFolder,
  wordsOf,
  write,
} from '../../tools/testing/hostile-names.ts'

inHostileFolder()

test('one lab file is inferred from rulesets with hostile file names', () => {
  for (const [i, name] of FILES.entries()) write(name, named(i))
  const { code, out, err } = runInFolder('lab', 'infer', ...FILES.map(path))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(linksOf(out)).toEqual(expect.arrayContaining([...NAMED, 'out0']))
  for (const name of FILES) write(name, rules(80))
})

const SELECTED = ['--quick', '--protocol', 'tcp', '--family', 'ipv4', '--ports', '80,8080']

describe.each(FILES.filter((_, i) => i % 4 === 0))('a comparison with the file %j', (name) => {
  test('is valid JSON, and a shell reads the file name back from the replay', () => {
    const args = [
      'diff',
      path(name),
      'other.nft',
      '--lab',
      'lab.yaml',
      ...SELECTED,
      '--reporter',
      'json',
    ]
    const { code, out } = runInFolder(...args)
    expect(code).toBe(1)
    const { old, tables } = JSON.parse(out)
    expect(old.origin).toBe(path(name))
    const { replay } = tables.flatMap(
      ({ changes }: { changes: { replay: string }[] }) => changes,
    )[0]
    expect(wordsOf(replay).slice(0, 3)).toEqual(['diff', path(name), 'other.nft'])
    expect(out).toContain('<script>')
  })
})

describe('interfaces of a lab', () => {
  test.each([
    '`>made`',
    '$(>made)',
    ';>made;',
    '$&',
    '$`',
    "a$'b".replace("'", ''),
    '<b>|',
    '@x',
    '*a',
  ])('an interface called %j is created, traced and reported', (link) => {
    const zones = { in: { link }, out: { link: 'out0' } }
    write('named.yaml', JSON.stringify({ zones }))
    expectFiles(files())
    try {
      const args = ['in', 'out', 'tcp/80', '--lab', 'named.yaml', '--reporter', 'json']
      const { code, out, err } = runInFolder('explain', 'other.nft', ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(JSON.parse(out).observation.outcome).toEqual({ kind: 'dropped' })
      // The trace has seen the packet: the tracer's own rule names the link.
      expect(JSON.stringify(JSON.parse(out))).toContain('policy drop')
    } finally {
      rmSync(join(folder, 'named.yaml'))
      expectFiles(files())
    }
  })
})
