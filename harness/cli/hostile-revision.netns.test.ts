/** Claim: hostile names of files in a git revision are read as names. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, nftproof } from '../../tools/testing/command.ts'
import {
  CANARY,
  FILES,
  inHostileFolder,
  linksOf,
  NAMED,
  named,
  POLICY,
  read,
  SCENARIO,
} from '../../tools/testing/hostile-names.ts'

inHostileFolder()

describe('a firewall in a git revision', () => {
  let repository: string
  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), 'nftproof-hostile-git-'))
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: repository,
        stdio: 'pipe',
      })
    for (const [i, name] of FILES.entries()) writeFileSync(join(repository, name), named(i))
    writeFileSync(join(repository, '.gitattributes'), '* diff=made\n')
    git('init', '-q', '-b', 'main')
    git('add', '--all')
    git('commit', '-qm', 'all')
    git('config', 'diff.made.textconv', 'touch made;:')
    git('config', 'core.fsmonitor', 'touch made;:')
  })
  afterAll(() => rmSync(repository, { recursive: true, force: true }))

  const within = (...args: string[]): Ended => nftproof(args, { cwd: repository })

  // A comma parts names on a command line, where no file of the whole name exists.
  test('is read from files with hostile names', () => {
    const whole = FILES.filter((name) => !name.includes(','))
    const { code, out, err } = within('lab', 'infer', ...whole.map((name) => `main:${name}`))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const links = NAMED.filter((_, i) => whole.includes(FILES[i]!))
    expect(linksOf(out)).toEqual(expect.arrayContaining([...links, 'out0']))
    expect(readdirSync(repository)).not.toContain(CANARY)
  })

  test.each(['--output=made:x', '--textconv:x', '-Omade:x', 'main:../x', '$(touch made):x', ':x'])(
    'is not named by %s: exit 2, and no file is written',
    (argument) => {
      const there = readdirSync(repository)
      writeFileSync(join(repository, 's.yaml'), SCENARIO('t', argument))
      writeFileSync(join(repository, 'policy.yaml'), POLICY)
      writeFileSync(join(repository, 'lab.yaml'), read('lab.yaml'))
      expect(within('run', 's.yaml', '--no-save').code).toBe(2)
      expect(within('diff', '--', argument, 'a b.nft').code).toBe(2)
      for (const name of ['s.yaml', 'policy.yaml', 'lab.yaml']) rmSync(join(repository, name))
      expect(readdirSync(repository)).toEqual(there)
    },
  )
})
