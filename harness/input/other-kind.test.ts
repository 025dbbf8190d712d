/** Claim: whatever file is given to whichever reader, it is called what it is, with a command that takes it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allKinds } from '../../src/firewall/kinds/registry.ts'
import { type DocumentKind, type FileKind, firewallFile } from '../../src/target/file-kind.ts'
import { policyCommand } from '../commands/policy.ts'
import { readResult } from '../output/result-store.ts'
import { InputError } from '../system/errors.ts'
import { baseRuleset } from './base-ruleset.ts'
import { readDeclaredChange } from './declared-change.ts'
import { readFirewall } from './firewall.ts'
import { loadLab } from './lab-file.ts'
import { loadPlatform, loadScenarios, openPlatform } from './load.ts'
import { wordsFor } from './other-kind.ts'
import { boundBy } from './policy-subject.ts'
import { loadRequest } from './request-file.ts'
import { readContainer } from './target-argument.ts'

/** One file of each kind, with a name that says nothing of it; a new kind does not compile without one. */
const DOCUMENTS: Readonly<Record<DocumentKind, string>> = {
  scenario: 'title: t\nrequirement: r\nsource: s\npolicy: p.yaml\nsweeps: []\n',
  policy: 'policy: p\ntitle: t\ndirection: egress\n',
  'zone-policy':
    'policy: p\ntitle: t\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/80 }\n',
  platform: 'policy: p.yaml\nprojects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }\n',
  projects: 'shop: { link: shop0, addresses: [10.20.1.10/24] }\n',
  request: 'request: a\nproject: b\norganization: c\nuseCase: d\n',
  lab: 'zones:\n  lan: { link: eth1 }\n',
  'declared-change': 'changes: []\n',
  container: 'image: router:1\nready: { log: up }\n',
  dockerfile: 'FROM debian:12\n',
  compose: 'services: { edge: { image: router } }\n',
  'nft-json': '{"nftables": []}\n',
  result: '{"format": "nftproof-result", "version": 9}\n',
  comparison: '{"format": "nftproof-diff", "version": 9}\n',
  matrix: '{"format": "nftproof-matrix", "version": 9}\n',
  review: '{"format": "nftproof-review", "version": 9}\n',
  explanation: '{"format": "nftproof-explain", "version": 9}\n',
  junit: '<?xml version="1.0"?>\n<testsuites name="nftproof"/>\n',
}

/** Kinds that a text shows: a script is known by its first line, a policy by its keys. */
const KINDS = allKinds().filter(({ becomes }) => becomes === undefined)
const FIREWALLS = KINDS.map(firewallFile)

const FILES: Readonly<Record<string, string>> = {
  ...DOCUMENTS,
  ...Object.fromEntries(KINDS.map((kind) => [firewallFile(kind), kind.example])),
}

interface Reader {
  /** Commands that it serves. */
  readonly serves: string
  readonly takes: readonly FileKind[]
  readonly read: (file: string) => unknown
}

const COMPILED = ['policy', 'platform', 'scenario'] as const
const READERS: readonly Reader[] = [
  {
    serves: 'run FILE',
    takes: ['scenario'],
    read: (file) => loadScenarios(join(folder, 'none'), [file]),
  },
  {
    serves: 'diff, explain, lab infer, run --ruleset, run --target',
    takes: [...FIREWALLS, ...COMPILED],
    read: (file) => readFirewall(file),
  },
  {
    serves: 'diff nft:FILE',
    takes: [...FIREWALLS, ...COMPILED],
    read: (file) => readFirewall(`nft:${file}`),
  },
  {
    serves: 'diff policy:FILE',
    takes: COMPILED,
    read: (file) => readFirewall(`policy:${file}`),
  },
  {
    serves: 'run --target container:FILE',
    takes: ['container'],
    read: (file) => readContainer(file),
  },
  { serves: 'diff --expect', takes: ['declared-change'], read: (file) => readDeclaredChange(file) },
  { serves: 'diff --lab, lab check, compile --lab', takes: ['lab'], read: (file) => loadLab(file) },
  { serves: 'compile FILE', takes: COMPILED, read: (file) => boundBy(file, {}) },
  { serves: 'compile --base', takes: ['firewall:nft'], read: (file) => baseRuleset(file) },
  {
    serves: 'policy show',
    takes: ['policy', 'zone-policy'],
    read: (file) => policyCommand(file, {}),
  },
  {
    serves: 'request review, approve, reject',
    takes: ['request'],
    read: (file) => loadRequest(file),
  },
  { serves: 'request --platform', takes: ['platform'], read: (file) => openPlatform(file) },
  { serves: 'compile platform', takes: ['platform'], read: (file) => loadPlatform(file) },
  {
    serves: 'show, merge, run --times, matrix --target result:FILE',
    takes: ['result'],
    read: (file) => readResult(file),
  },
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-kinds-'))
  for (const name of Object.keys(FILES)) {
    mkdirSync(join(folder, name))
    for (const file of ['it', 'it.yaml']) writeFileSync(join(folder, name, file), textOf(name))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const textOf = (name: string): string => FILES[name]!

async function failure(read: () => unknown): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    return error
  }
}

describe.each(READERS)('$serves', ({ takes, read }) => {
  const others = (Object.keys(FILES) as FileKind[]).filter((kind) => !takes.includes(kind))

  test.each(others)('given a file of another kind: %s', async (kind) => {
    for (const name of ['it', 'it.yaml']) {
      const error = await failure(() => read(join(folder, kind, name)))
      expect(error).toBeInstanceOf(InputError)
      const { message } = error as InputError
      expect(message).toContain(`this is ${wordsFor(kind)?.name}, not `)
      expect(message).toMatch(/: use it like this:\n +\S/)
      expect(message.split('\n').length).toBeLessThan(8)
    }
  })

  test.each(takes)('a file of its own kind is never called another: %s', async (kind) => {
    const error = await failure(() => read(join(folder, kind, 'it.yaml')))
    const message = error instanceof Error ? error.message : ''
    expect(message).not.toContain('use it like this')
  })
})
