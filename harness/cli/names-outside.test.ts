/** Claim: a name in a stranger's file that leads out of the root is refused, in every kind of file and in every way. */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CANARY, claim, egress } from '../../tools/testing/outside.ts'
import {
  BY_COMMAND,
  EDGE,
  here,
  inStrangersTree,
  links,
  NAMES,
  named,
  refused,
  SHOP,
} from '../../tools/testing/outside-root.ts'
import { readFirewall } from '../input/firewall.ts'
import { loadScenarios } from '../input/load.ts'

inStrangersTree()

describe.each(BY_COMMAND)('the path %s leads out of the root and is refused', (name) => {
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

  test('as an include of --ruleset', () => {
    links('.nft')
    here.write('scenarios/one.yaml', claim())
    here.write('scenarios/main.nft', `include "${named(name, '.nft')}"\n`)
    refused(['run', 'one', '--ruleset', 'scenarios/main.nft'], /main\.nft:1:1: include /)
  })

  test('in a container file', () => {
    links('')
    here.write('scenarios/box.yaml', `dockerfile: ${named(name, '')}\n`)
    refused(['run', 'one', '--target', 'container:scenarios/box.yaml'], /box\.yaml:1:13: /)
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

describe.each(NAMES)('the path %s', (name) => {
  const said = (work: () => unknown): Promise<string> =>
    Promise.resolve()
      .then(work)
      .then(
        () => 'nothing',
        (error) => String(error.message),
      )

  test.each(['.nft', '.rules', '.sh', '.yaml', '.conf', '.json', ''])(
    'is refused as a firewall and as an include (secret%s)',
    async (ending) => {
      links(ending)
      const path = named(name, ending)
      const whole = resolve(here.tree, 'scenarios', path)
      here.write('scenarios/main.nft', `include "${path}"\n`)
      for (const error of [
        await said(() => readFirewall(whole, { root: here.tree })),
        await said(() => readFirewall(`script:${whole}`, { root: here.tree })),
        await said(() => readFirewall(join(here.tree, 'scenarios/main.nft'))),
      ]) {
        expect(error).toContain('is outside')
        expect(error).not.toContain(CANARY)
      }
    },
  )

  test.each(['policy', 'platform', 'projects', 'requests', 'lab'])(
    'is refused as %s',
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
