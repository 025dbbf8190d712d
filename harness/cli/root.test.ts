/** Claim: wildcards, links, revisions and folders lead to no file outside of the root; and which folder the root is. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { claim, egress, stranger } from '../../tools/testing/outside.ts'
import {
  EDGE,
  here,
  inStrangersTree,
  links,
  refused,
  SHOP,
} from '../../tools/testing/outside-root.ts'

inStrangersTree()

describe('includes', () => {
  test.each([
    '../../outside/*.nft',
    '../../*/secret.nft',
    '/*/*/*',
    'link/*.nft',
    '[l]ink/*',
    'd/*.nft',
  ])('the wildcard "%s" leads out of the root and is refused', (pattern) => {
    links('.nft')
    rmSync(join(here.tree, 'scenarios/d'), { recursive: true, force: true })
    here.link('../../../outside/secret.nft', 'scenarios/d/a.nft')
    here.write('scenarios/main.nft', `include "${pattern}"\n`)
    refused(['lab', 'infer', 'scenarios/main.nft'], /scenarios\/main\.nft:1:1: include /)
  })

  test('the root of a nested include is that of the first file', () => {
    here.write('scenarios/main.nft', 'include "parts/*.nft"\n')
    here.write('scenarios/parts/a.nft', 'include "../rules.nft"\n')
    expect(nftproof(['lab', 'infer', 'scenarios/main.nft'], { cwd: here.tree }).code).toBe(0)
    here.write('scenarios/parts/a.nft', '\ninclude "../../../outside/secret.nft"\n')
    refused(['lab', 'infer', 'scenarios/main.nft'], /parts\/a\.nft:2:1: include /)
  })
})

describe('git revisions and folders', () => {
  test('a file of a revision cannot include a file outside of the root', () => {
    here.write('main.nft', `include "${here.outside}/secret.nft"\n`)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: here.tree,
      })
    git('add', 'main.nft')
    git('commit', '-qm', 'rules')
    refused(['lab', 'infer', 'HEAD:main.nft'], /HEAD:main\.nft:1:1: include /)
  })

  test('a link in a folder of requests is refused', () => {
    here.link('../../../outside/secret.yaml', 'scenarios/wishes/a.yaml')
    here.write('scenarios/one.yaml', egress({ ...EDGE, ...SHOP, requests: '[wishes]' }))
    refused(['compile', 'one'], /one\.yaml:\d+:\d+: /)
  })

  test('a scenario that is a link out of the root is refused, found or named', () => {
    here.link('../../outside/secret.yaml', 'scenarios/linked.yaml')
    for (const args of [['linked'], ['scenarios/linked.yaml'], []])
      refused(['run', ...args, '--list'], /scenarios\/linked\.yaml|it is outside/)
    rmSync(join(here.tree, 'scenarios/linked.yaml'))
  })

  test('a scenario folder that is a link out of the root is refused, found or named', () => {
    const other = stranger()
    rmSync(join(other.tree, 'scenarios'), { recursive: true })
    other.link('../outside', 'scenarios')
    other.link('../outside', 'named')
    refused(['run', '--list'], /scenarios/, other.tree)
    rmSync(join(other.tree, 'scenarios'))
    refused(['run', 'named', '--list'], /named/, other.tree)
    rmSync(dirname(other.tree), { recursive: true })
  })

  test('a found platform file that is a link out of the root is refused', () => {
    here.link('../outside/secret.yaml', 'platform.yaml')
    refused(['request', 'list'], /platform\.yaml/)
    rmSync(join(here.tree, 'platform.yaml'))
  })

  const commands = [
    ['policy', 'show'],
    ['lab', 'check'],
    ['lab', 'infer'],
    ['compile'],
    ['request', 'review'],
  ]
  test.each(commands.map((args) => [args.join(' '), args] as const))(
    '%s refuses a relative name that a link leads out of the root',
    (_, args) => {
      links('.yaml')
      refused([...args, 'scenarios/direct'], /scenarios\/direct/)
    },
  )
})

describe('the root', () => {
  test('is the work tree; a submodule and a linked work tree have their own', () => {
    here.write('sub/.git', 'gitdir: ../.git/modules/sub\n')
    here.write('sub/main.nft', 'include "../scenarios/rules.nft"\n')
    refused(['lab', 'infer', 'sub/main.nft'], /sub\/main\.nft:1:1/)
    const wide = nftproof(['lab', 'infer', 'sub/main.nft', '--root', '.'], { cwd: here.tree })
    expect(wide.code).toBe(0)
    // What only looks like one is none.
    here.write('sub/.git', 'something else\n')
    expect(nftproof(['lab', 'infer', 'sub/main.nft'], { cwd: here.tree }).code).toBe(0)
  })

  test('is the folder of the file outside of a work tree', () => {
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

  test('is set by --root, and must exist', () => {
    here.write('main.nft', 'include "scenarios/rules.nft"\n')
    refused(['lab', 'infer', 'main.nft', '--root', 'sub'], /main\.nft:1:1/)
    const { code, err } = nftproof(['lab', 'infer', 'main.nft', '--root', 'nowhere'], {
      cwd: here.tree,
    })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/--root "nowhere"/) })
  })

  test('does not restrict an absolute path on the command line, but what that file includes', () => {
    const file = join(here.outside, 'own.nft')
    execFileSync('cp', [join(here.tree, 'scenarios/rules.nft'), file])
    expect(nftproof(['lab', 'infer', file], { cwd: here.tree }).code).toBe(0)
    execFileSync('sh', ['-c', `echo 'include "${here.tree}/main.nft"' > ${file}`])
    refused(['lab', 'infer', file], /own\.nft:1:1/)
  })

  test('contains no circular links', () => {
    here.link('round', 'scenarios/trip')
    here.link('trip', 'scenarios/round')
    here.write('main.nft', 'include "scenarios/round"\n')
    const { code, err } = nftproof(['lab', 'infer', 'main.nft'], { cwd: here.tree })
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/main\.nft:1:1/) })
  })
})
