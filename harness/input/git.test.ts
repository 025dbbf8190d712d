/**
 * Claim: a revision and a path are names and nothing else to git, and whatever a
 * repository's configuration says, reading a file of it starts no program.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { hostileWord } from '../../tools/testing/hostile.ts'
import { InputError } from '../system/errors.ts'
import { readFirewall } from './firewall.ts'
import { besideInRevision, revisioned, textInRevision } from './git.ts'

let folder: string
let canary: string
const home = process.cwd()

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()

/** Names of the kind that git's own commands take for options, magic, other revisions or patterns. */
const NAMES = [
  ...['-x.nft', '--output=made', '--path', '--textconv', ':(top)x', ':x', '^HEAD', 'HEAD', '@{u}'],
  ...['a b.nft', 'a\tb', 'a\nb', '"quoted"', "it's", '`touch made`', '$(touch made)', '*', '[a]'],
  ...['a\\', 'é日🔥', '\u202eabc', '\u001b[31m', '%d', '#', ';', 'x:y', '{', '~', '!'],
  ...fc
    .sample(hostileWord(), { numRuns: 40, seed: 20261128 })
    .map((name) => name.toWellFormed().replaceAll('/', '|').slice(0, 60))
    .filter((name) => name !== '' && !/^\.+$/.test(name) && !/^\.?git/i.test(name.normalize())),
]

const textOf = (name: string): string => `# ${JSON.stringify(name)}\n`

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nftproof-git-')))
  canary = join(folder, 'made')
  process.chdir(folder)
  git('init', '-q', '-b', 'main')
  for (const name of NAMES) write(join('hostile', name), textOf(name))
  write('rules.nft', '# rules\n')
  write('fw/rules.nft', 'include "d/*.nft"\n# fw\n')
  write('fw/d/one.nft', '# one\n')
  write('fw/d/two.nft', '# two\n')
  write('.gitattributes', '* diff=made filter=made\n')
  symlinkSync('/etc/passwd', join(folder, 'link.nft'))
  git('add', '--all')
  git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`)
  git('commit', '-qm', 'all')
  // As if this repository were a submodule of its own.
  git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD')},self`)
  git('commit', '-qm', 'self')
})
afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

let before: string[]
const files = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
beforeEach(() => {
  before = files()
  return () => {
    expect(existsSync(canary)).toBe(false)
    expect(files()).toEqual(before)
  }
})

const read = (argument: string): string => textInRevision(revisioned(argument)!)

describe('a path', () => {
  test('with any name is read', () => {
    for (const name of new Set(NAMES)) expect(read(`main:hostile/${name}`)).toBe(textOf(name))
  })

  test('may be relative to the working directory', () => {
    process.chdir(join(folder, 'fw'))
    try {
      expect(read('main:./rules.nft')).toContain('# fw')
      expect(read('main:../rules.nft')).toBe('# rules\n')
      expect(read('main:rules.nft')).toBe('# rules\n')
    } finally {
      process.chdir(folder)
    }
  })

  test.each(['main:../x', 'main:fw/../../x', 'main:/etc/passwd', 'main:./../../etc/passwd'])(
    '%s is refused: it leads out of the repository',
    (argument) => {
      expect(() => read(argument)).toThrow(/out of the repository/)
      expect(() => read(argument)).toThrow(InputError)
    },
  )

  test.each([
    ['main:link.nft', /a symbolic link/],
    ['main:sub', /a submodule/],
    ['main:self', /a submodule/],
    ['main:self/rules.nft', /not in this revision/],
    ['main:sub/rules.nft', /no such file/],
    ['main:fw', /a folder/],
    ['main:fw/', /no such file|a folder/],
    ['main:none', /not in this revision: /],
    ['main:none/x', /not in this revision: /],
    ['main:fw/rulse.nft', /not in this revision — did you mean "fw\/rules\.nft"\?$/],
    ['main:rulse.nft', /not in this revision — did you mean "rules\.nft"\?$/],
    ['mian:rules.nft', /no such file, and no revision "mian": git log --oneline --all/],
    ['main~99:rules.nft', /no such file, and no revision "main~99": /],
    ['main:a\0b', /not in this revision|NUL/],
  ])('%j is refused: it is not a file', (argument, message) => {
    expect(() => read(argument)).toThrow(message)
    expect(() => read(argument)).toThrow(InputError)
  })

  test('includes files of the same revision; its wildcards are not regular expressions', async () => {
    const { parts } = await readFirewall('main:fw/rules.nft')
    expect(parts[0]?.kind === 'nft' && parts[0].text).toContain('# one\n')
    const from = { revision: 'main', path: 'fw/d/one.nft' }
    for (const pattern of ['[', '(', '*'.repeat(60), '{a,b', '\\', '**', '?(x', '+(a)'])
      expect(() => besideInRevision({ ...from, path: `fw/d/${pattern}` })).not.toThrow()
    expect(besideInRevision({ ...from, path: 'fw/d/*.nft' })).toEqual(['one.nft', 'two.nft'])
  })
})

describe('a revision', () => {
  const HOSTILE = [
    ...['--output=made', '-Omade', '--exec=touch made', '--textconv', '--filters', '--batch'],
    ...['--git-dir=/tmp', '--parseopt', '--sq', '--all', '--glob=*', '--default=main', '--'],
    ...['-x', '-', '--end-of-options', '--path=x', '--help', '--open-files-in-pager=touch made'],
    ...['main^{/x}', 'main..main', '^main', 'main ', ' main', '$(touch made)', '`touch made`'],
    ...['main\nmain', '"', "'", ';touch made', '|touch made', 'no\0ne', '\u202e'],
  ]

  test.each(HOSTILE)('%j is refused, and not taken for an option', (revision) => {
    expect(() => textInRevision({ revision, path: 'rules.nft' })).toThrow(InputError)
  })

  test('of random text is resolved as git does, or refused', () => {
    for (const revision of fc.sample(hostileWord(), 30))
      expect(() => textInRevision({ revision, path: 'rules.nft' })).toThrow(InputError)
  })

  test('that is hostile is refused by the command: exit 2, and nothing is written', async () => {
    for (const argument of ['--output=made:rules.nft', '--textconv:rules.nft', '-:rules.nft'])
      await expect(readFirewall(argument)).rejects.toThrow(InputError)
  })

  test('may be any that git accepts', () => {
    const id = git('rev-parse', 'HEAD')
    for (const revision of ['main', 'HEAD', '@', id, id.slice(0, 12), 'HEAD^{tree}', 'HEAD~0'])
      expect(read(`${revision}:rules.nft`)).toBe('# rules\n')
  })
})

describe('a repository', () => {
  const touch = (): string => `touch ${canary};:`
  const settings = (): Record<string, string> => ({
    'diff.made.textconv': touch(),
    'diff.made.command': touch(),
    'diff.external': touch(),
    'filter.made.smudge': touch(),
    'filter.made.clean': touch(),
    'filter.made.process': touch(),
    'core.fsmonitor': touch(),
    'core.pager': touch(),
    'core.editor': touch(),
    'core.askPass': touch(),
    'core.sshCommand': touch(),
    'core.gitProxy': touch(),
    'core.alternateRefsCommand': touch(),
    'credential.helper': `!${touch()}`,
    'gpg.program': touch(),
    'log.showSignature': 'true',
    'pager.cat-file': touch(),
    'pager.rev-parse': touch(),
    'pager.ls-tree': touch(),
    'alias.cat-file': `!${touch()}`,
    'alias.rev-parse': `!${touch()}`,
    'uploadpack.packObjectsHook': touch(),
  })

  function withSettings(all: Readonly<Record<string, string>>, work: () => void): void {
    const config = join(folder, '.git/config')
    const own = execFileSync('cat', [config])
    for (const [name, value] of Object.entries(all)) git('config', name, value)
    try {
      work()
    } finally {
      writeFileSync(config, own)
    }
  }

  /** Removes what an attack has made, so that it is seen once. */
  function wasMade(): boolean {
    const was = existsSync(canary)
    rmSync(canary, { force: true })
    return was
  }

  test('is read without running programs of its configuration', () => {
    withSettings(settings(), () => {
      // What is guarded against does happen: such a program is run where git converts a text.
      spawnSync('git', ['show', '--textconv', 'main:rules.nft'], { cwd: folder })
      expect(wasMade()).toBe(true)
      expect(read('main:rules.nft')).toBe('# rules\n')
      expect(besideInRevision({ revision: 'main', path: 'fw/d/*' })).toHaveLength(2)
    })
  })

  test.each([
    [
      'ext',
      () => ({ 'remote.origin.url': `ext::touch ${canary}`, 'protocol.ext.allow': 'always' }),
    ],
    [
      'a folder',
      () => ({
        'remote.origin.url': folder,
        'remote.origin.uploadpack': `touch ${canary};:`,
        'protocol.file.allow': 'always',
      }),
    ],
    [
      'ssh',
      () => ({ 'remote.origin.url': 'ssh://host/x', 'core.sshCommand': `touch ${canary};:` }),
    ],
  ])('is read without fetching missing objects: %s', (_, transport) => {
    write('missing.nft', '# missing\n')
    git('add', 'missing.nft')
    git('commit', '-qm', 'missing')
    const id = git('rev-parse', 'HEAD:missing.nft')
    const object = join(folder, '.git/objects', id.slice(0, 2), id.slice(2))
    const bytes = execFileSync('cat', [object])
    rmSync(object, { force: true })
    const promisor = {
      'core.repositoryFormatVersion': '1',
      'extensions.partialClone': 'origin',
      'remote.origin.promisor': 'true',
      'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    }
    try {
      withSettings({ ...promisor, ...transport() }, () => {
        spawnSync('git', ['cat-file', 'blob', id], { cwd: folder })
        expect(wasMade()).toBe(true)
        expect(() => read('main:missing.nft')).toThrow(InputError)
      })
    } finally {
      writeFileSync(object, bytes)
      git('reset', '-q', '--hard', 'HEAD~1')
      rmSync(object, { force: true })
    }
    before = files()
  })

  test('is read without programs and log files that environment variables name', () => {
    const made = { GIT_TRACE: canary, GIT_TRACE2: canary, GIT_TRACE_SETUP: canary }
    const runs = ['EXTERNAL_DIFF', 'PAGER', 'SSH_COMMAND', 'SSH', 'PROXY_COMMAND', 'ASKPASS']
    const programs = Object.fromEntries(runs.map((name) => [`GIT_${name}`, `touch ${canary};:`]))
    for (const [name, value] of Object.entries({ ...made, ...programs })) vi.stubEnv(name, value)
    try {
      expect(read('main:rules.nft')).toBe('# rules\n')
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('may be named by GIT_DIR, as in a hook', () => {
    vi.stubEnv('GIT_DIR', join(folder, '.git'))
    process.chdir(tmpdir())
    try {
      expect(read('main:rules.nft')).toBe('# rules\n')
    } finally {
      process.chdir(folder)
      vi.unstubAllEnvs()
    }
  })
})
