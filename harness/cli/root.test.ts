/** Claim: a file that a stranger wrote names no file outside of its root of which a word comes back. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { CANARY, claim, egress, type Stranger, stranger } from '../../tools/testing/outside.ts'
import { readFirewall } from '../input/firewall.ts'
import { loadScenarios } from '../input/load.ts'

let here: Stranger
beforeAll(() => {
  here = stranger()
})
afterAll(() => rmSync(dirname(here.tree), { recursive: true }))

/** Refused, at this place, with a remedy, and without a word of what is there. */
function refused(args: readonly string[], place: RegExp | string, cwd = here.tree): void {
  const { code, out, err } = nftproof(args, { cwd })
  expect(`${out}${err}`).not.toContain(CANARY)
  expect(err).not.toContain('this is a bug')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(place) })
  expect(err).toMatch(/: it is outside ".*", which paths in files must not leave: /)
  expect(err).toContain('--root DIR')
}

/** Each is tried in every way in this process, some by the command itself. */
const NAMES = [
  '../../outside/secret',
  'OUTSIDE/secret',
  'link/secret',
  'chain/secret',
  'direct',
  '../../outside/not-there',
] as const
const BY_COMMAND = [NAMES[3]] as const

const EDGE = { policy: 'policies/egress.yaml' }
const SHOP = { projects: 'projects/shop.yaml' }

/** The same name for files of any ending. */
const named = (name: string, ending: string): string =>
  `${name.replace('OUTSIDE', here.outside)}${name === 'direct' ? '' : ending}`

function links(ending: string): void {
  rmSync(join(here.tree, 'scenarios/link'), { force: true })
  for (const name of ['link', 'chain', 'direct'])
    rmSync(join(here.tree, 'scenarios', name), { force: true })
  here.link('../../outside', 'scenarios/link')
  here.link('link', 'scenarios/chain')
  here.link(`../../outside/secret${ending}`, 'scenarios/direct')
}

describe.each(BY_COMMAND)('%s, which leads out,', (name) => {
  test.each([
    ['firewall', '.nft', 'run'],
    ['firewall', '.rules', 'run'],
    ['firewall', '.sh', 'run'],
    ['policy', '.yaml', 'run'],
    ['lab', '.yaml', 'run'],
  ])('as %s of a scenario (secret%s)', (key, ending, command) => {
    links(ending)
    here.write('scenarios/one.yaml', claim({ [key]: named(name, ending) }))
    refused([command, 'one'], /scenarios\/one\.yaml:\d+:\d+: /)
  })

  test.each([
    ['platform', '.yaml', (path: string) => egress({ platform: path })],
    ['policy', '.yaml', (path: string) => egress({ policy: path, ...SHOP })],
    ['projects', '.yaml', (path: string) => egress({ ...EDGE, projects: path })],
    ['projects', '.jsonl', (path: string) => egress({ ...EDGE, projects: path })],
    ['requests', '.yaml', (path: string) => egress({ ...EDGE, ...SHOP, requests: `[${path}]` })],
    [
      'dockerfile',
      '',
      (path: string) => egress({ ...EDGE, ...SHOP, firewall: `{ dockerfile: ${path} }` }),
    ],
    [
      'compose',
      '.yaml',
      (path: string) =>
        egress({
          ...EDGE,
          ...SHOP,
          firewall: `{ compose: ${path}, service: a }`,
        }),
    ],
  ])('as %s of a scenario about projects (secret%s)', (_, ending, text) => {
    links(ending)
    here.write('scenarios/one.yaml', text(named(name, ending)))
    refused(['compile', 'one'], /scenarios\/one\.yaml:\d+:\d+: /)
  })

  test.each(['.nft', '.conf', ''])('as an include (secret%s)', (ending) => {
    links(ending)
    here.write('scenarios/main.nft', `table ip t {\n}\n  include "${named(name, ending)}"\n`)
    for (const args of [
      ['explain', 'scenarios/main.nft', 'lan0', 'wan0', 'tcp/80'],
      ['diff', 'scenarios/rules.nft', 'scenarios/main.nft'],
      ['lab', 'infer', 'scenarios/main.nft'],
    ])
      refused(args, /scenarios\/main\.nft:3:3: include /)
  })

  test('as an include of the ruleset that is tested in place of another', () => {
    links('.nft')
    here.write('scenarios/one.yaml', claim())
    here.write('scenarios/main.nft', `include "${named(name, '.nft')}"\n`)
    refused(['run', 'one', '--ruleset', 'scenarios/main.nft'], /main\.nft:1:1: include /)
  })

  test('in a container file', () => {
    links('')
    here.write('scenarios/box.yaml', `dockerfile: ${named(name, '')}\n`)
    refused(['run', 'one', '--container', 'scenarios/box.yaml'], /box\.yaml:1:13: /)
  })

  test('in a platform', () => {
    links('.yaml')
    here.write(
      'scenarios/platform.yaml',
      `policy: ${named(name, '.yaml')}\nprojects: projects/shop.yaml\n`,
    )
    refused(['request', 'list', '--platform', 'scenarios/platform.yaml'], /platform\.yaml:1:9: /)
    rmSync(join(here.tree, 'scenarios/platform.yaml'))
  })
})

describe.each(NAMES)('%s', (name) => {
  const said = (work: () => unknown): Promise<string> =>
    Promise.resolve()
      .then(work)
      .then(
        () => 'nothing',
        (error) => String(error.message),
      )

  test.each(['.nft', '.rules', '.sh', '.yaml', '.conf', '.json', ''])(
    'leads out as a firewall and as an include (secret%s)',
    async (ending) => {
      links(ending)
      const path = named(name, ending)
      const whole = resolve(here.tree, 'scenarios', path)
      here.write('scenarios/main.nft', `include "${path}"\n`)
      for (const error of [
        await said(() => readFirewall(whole, here.tree)),
        await said(() => readFirewall(`script:${whole}`, here.tree)),
        await said(() => readFirewall(join(here.tree, 'scenarios/main.nft'))),
      ]) {
        expect(error).toContain('is outside')
        expect(error).not.toContain(CANARY)
      }
    },
  )

  test.each(['policy', 'platform', 'projects', 'requests', 'lab'])(
    'leads out as %s',
    async (key) => {
      links('.yaml')
      const path = named(name, '.yaml')
      const value = key === 'requests' ? `[${path}]` : path
      const text =
        key === 'lab'
          ? claim({ lab: value })
          : egress(key === 'platform' ? { platform: value } : { ...EDGE, ...SHOP, [key]: value })
      here.write('scenarios/one.yaml', text)
      const error = await said(() => loadScenarios(join(here.tree, 'scenarios'), ['one']))
      expect(error).toMatch(/one\.yaml:\d+:\d+: .*is outside/)
      expect(error).not.toContain(CANARY)
    },
  )
})

describe('wildcards', () => {
  test.each([
    '../../outside/*.nft',
    '../../*/secret.nft',
    '/*/*/*',
    'link/*.nft',
    '[l]ink/*',
    'd/*.nft',
  ])('include "%s"', (pattern) => {
    links('.nft')
    rmSync(join(here.tree, 'scenarios/d'), { recursive: true, force: true })
    here.link('../../../outside/secret.nft', 'scenarios/d/a.nft')
    here.write('scenarios/main.nft', `include "${pattern}"\n`)
    refused(['lab', 'infer', 'scenarios/main.nft'], /scenarios\/main\.nft:1:1: include /)
  })

  test('an include in a file that is included counts from the first one', () => {
    here.write('scenarios/main.nft', 'include "parts/*.nft"\n')
    here.write('scenarios/parts/a.nft', 'include "../rules.nft"\n')
    expect(nftproof(['lab', 'infer', 'scenarios/main.nft'], { cwd: here.tree }).code).toBe(0)
    here.write('scenarios/parts/a.nft', '\ninclude "../../../outside/secret.nft"\n')
    refused(['lab', 'infer', 'scenarios/main.nft'], /parts\/a\.nft:2:1: include /)
  })
})

describe('what git and folders hold', () => {
  test('a file of a revision includes from the disk no more than one on the disk does', () => {
    here.write('main.nft', `include "${here.outside}/secret.nft"\n`)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: here.tree,
      })
    git('add', 'main.nft')
    git('commit', '-qm', 'rules')
    refused(['lab', 'infer', 'HEAD:main.nft'], /HEAD:main\.nft:1:1: include /)
  })

  test('a link in a folder of requests', () => {
    here.link('../../../outside/secret.yaml', 'scenarios/wishes/a.yaml')
    here.write('scenarios/one.yaml', egress({ ...EDGE, ...SHOP, requests: '[wishes]' }))
    refused(['compile', 'one'], /one\.yaml:\d+:\d+: /)
  })

  test('a scenario that is a link, found in the folder or named', () => {
    here.link('../../outside/secret.yaml', 'scenarios/linked.yaml')
    for (const args of [['linked'], ['scenarios/linked.yaml'], []])
      refused(['run', ...args, '--list'], /scenarios\/linked\.yaml|lies outside/)
    rmSync(join(here.tree, 'scenarios/linked.yaml'))
  })

  test('a folder "scenarios" that is a link, and a folder that is named', () => {
    const other = stranger()
    rmSync(join(other.tree, 'scenarios'), { recursive: true })
    other.link('../outside', 'scenarios')
    other.link('../outside', 'named')
    refused(['run', '--list'], /scenarios/, other.tree)
    rmSync(join(other.tree, 'scenarios'))
    refused(['run', 'named', '--list'], /named/, other.tree)
    rmSync(dirname(other.tree), { recursive: true })
  })

  test('a platform that is found, and is a link', () => {
    here.link('../outside/secret.yaml', 'platform.yaml')
    refused(['request', 'list'], /platform\.yaml/)
    rmSync(join(here.tree, 'platform.yaml'))
  })

  test.each([
    ['policy', 'show'],
    ['lab', 'check'],
    ['lab', 'infer'],
    ['compile'],
    ['request', 'review'],
  ])('%s %s of a relative name that a link in the work tree leads away', (...args) => {
    links('.yaml')
    refused([...args.filter(Boolean), 'scenarios/direct'], /scenarios\/direct/)
  })
})

describe('a root', () => {
  test('is the work tree, of which a further work tree and a submodule are others', () => {
    here.write('sub/.git', 'gitdir: ../.git/modules/sub\n')
    here.write('sub/main.nft', 'include "../scenarios/rules.nft"\n')
    refused(['lab', 'infer', 'sub/main.nft'], /sub\/main\.nft:1:1/)
    const wide = nftproof(['lab', 'infer', 'sub/main.nft', '--root', '.'], { cwd: here.tree })
    expect(wide.code).toBe(0)
    // What only looks like one is none.
    here.write('sub/.git', 'something else\n')
    expect(nftproof(['lab', 'infer', 'sub/main.nft'], { cwd: here.tree }).code).toBe(0)
  })

  test("is a file's own folder where no work tree is", () => {
    const bare = stranger(false)
    bare.write('fw/main.nft', 'include "../scenarios/rules.nft"\n')
    bare.write('main.nft', 'include "scenarios/rules.nft"\n')
    refused(['lab', 'infer', 'fw/main.nft'], /fw\/main\.nft:1:1/, bare.tree)
    expect(nftproof(['lab', 'infer', 'main.nft'], { cwd: bare.tree }).code).toBe(0)
    bare.write(
      'scenarios/deep/one.yaml',
      claim({ policy: '../policies/paper.yaml', firewall: '../rules.nft' }),
    )
    expect(nftproof(['run', '--list'], { cwd: bare.tree }).code).toBe(0)
    expect(nftproof(['run', '--list', 'scenarios/deep/one.yaml'], { cwd: bare.tree }).code).toBe(0)
    bare.write('scenarios/deep/one.yaml', claim({ policy: '../../policies/paper.yaml' }))
    refused(['run', '--list'], /one\.yaml:5:9: /, bare.tree)
    rmSync(dirname(bare.tree), { recursive: true })
  })

  test('is said by --root, and must be there', () => {
    here.write('main.nft', 'include "scenarios/rules.nft"\n')
    refused(['lab', 'infer', 'main.nft', '--root', 'sub'], /main\.nft:1:1/)
    const { code, err } = nftproof(['lab', 'infer', 'main.nft', '--root', 'nowhere'], {
      cwd: here.tree,
    })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/--root "nowhere"/) })
  })

  test('does not concern what the user names by an absolute path, but what that includes', () => {
    const file = join(here.outside, 'own.nft')
    execFileSync('cp', [join(here.tree, 'scenarios/rules.nft'), file])
    expect(nftproof(['lab', 'infer', file], { cwd: here.tree }).code).toBe(0)
    execFileSync('sh', ['-c', `echo 'include "${here.tree}/main.nft"' > ${file}`])
    refused(['lab', 'infer', file], /own\.nft:1:1/)
  })

  test('links in a circle lead nowhere', () => {
    here.link('round', 'scenarios/trip')
    here.link('trip', 'scenarios/round')
    here.write('main.nft', 'include "scenarios/round"\n')
    const { code, err } = nftproof(['lab', 'infer', 'main.nft'], { cwd: here.tree })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/main\.nft:1:1/) })
  })
})

describe('what is no file', () => {
  beforeAll(() => {
    mkdirSync(join(here.tree, 'odd'))
    execFileSync('mkfifo', [join(here.tree, 'odd/pipe.yaml'), join(here.tree, 'odd/pipe.nft')])
    here.link('/dev/zero', 'odd/zero.nft')
    here.link('/proc/self/environ', 'odd/environ.nft')
  })

  test.each([
    ['lab', 'infer', 'odd/pipe.nft'],
    ['policy', 'show', 'odd/pipe.yaml'],
    ['lab', 'check', 'odd/pipe.yaml'],
    ['merge', 'odd/pipe.yaml'],
    ['show', 'odd/pipe.yaml'],
    ['request', 'review', 'odd/pipe.yaml'],
    ['run', 'odd/pipe.yaml'],
    ['compile', 'odd/pipe.yaml'],
    ['matrix', '--on', 'result:odd/pipe.yaml', '--on', 'here'],
    ['lab', 'infer', '/dev/zero'],
    ['lab', 'infer', '/proc/self/environ'],
    ['lab', 'infer', 'odd'],
    ['lab', 'infer', '/sys/kernel/uevent_seqnum'],
    ['run', '--ruleset', '/dev/zero'],
  ])('%s %s %s', (...args) => {
    here.write('scenarios/one.yaml', claim())
    const { code, err } = nftproof(args.filter(Boolean), { cwd: here.tree })
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is not a regular file|is a directory|file of the kernel/),
    })
  })

  test.each(['pipe.nft', 'zero.nft', 'environ.nft', '*.nft'])('include "%s"', (name) => {
    here.write('odd/main.rules', `include "${name}"\n`)
    const { code, err } = nftproof(['lab', 'infer', 'odd/main.rules'], { cwd: here.tree })
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/regular file|lies outside/),
    })
  })
})
