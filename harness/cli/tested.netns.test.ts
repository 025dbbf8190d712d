/** Claim: a result names every file that was read, with the bytes that were used. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tested } from '../../src/result/tested.ts'
import { nftproof } from '../../tools/testing/command.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const QUICK = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--to', 'firewall'] as const
const RULES = `include "parts/ports.nft"
table inet f { chain input { type filter hook input priority 0; policy drop;
  tcp dport $ports accept
}
}
`
let folder: string

const git = (...args: string[]): unknown =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: folder,
    stdio: 'pipe',
  })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-tested-'))
  write('fw/rules.nft', RULES)
  write('fw/parts/ports.nft', 'define ports = 22\n')
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  write('fw/parts/ports.nft', 'define ports = { 22, 80 }\n')
  write('opened.yaml', 'changes: [{ to: firewall, opened: tcp/80 }]\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const file = (path: string, bytes: string | Buffer) => ({
  path,
  size: Buffer.byteLength(bytes),
  sha256: createHash('sha256').update(bytes).digest('hex'),
})

const here = (name: string) => file(name, readFileSync(join(folder, name)))

function tested(args: readonly string[], lead: readonly string[] = [], cwd = folder): Tested {
  const { out, err } = nftproof([...args, '--reporter', 'json'], { cwd, lead })
  expect(out, err).toMatch(/^\{/)
  return JSON.parse(out).tested
}

test('files of a git revision and of the work tree are recorded separately', () => {
  const sides = ['main:fw/rules.nft', 'fw/rules.nft']
  expect(tested(['diff', ...sides, ...QUICK, '--expect', 'opened.yaml'])).toEqual({
    files: [
      here('fw/parts/ports.nft'),
      here('fw/rules.nft'),
      file('main:fw/parts/ports.nft', 'define ports = 22\n'),
      file('main:fw/rules.nft', RULES),
      here('opened.yaml'),
    ],
  })
})

test('standard input and a lab file are recorded', () => {
  const rules = RULES.replace(/^.*\n/, '').replace('$ports', '22')
  write('input.nft', rules)
  write('lab.yaml', nftproof(['lab', 'infer', 'input.nft'], { cwd: folder }).out)
  const lead = ['sh', '-c', 'exec "$@" < input.nft', 'sh']
  const packet = ['explain', '-', 'outside', 'firewall', 'tcp/22', '--lab', 'lab.yaml']
  expect(tested(packet, lead)).toEqual({ files: [file('-', rules), here('lab.yaml')] })
})

test('a script is recorded by its own bytes and by the folder that it can read', () => {
  write('fw/set.sh', '#!/bin/sh\n. ./names\nnft add table inet $NAME\n')
  write('fw/names', 'NAME=f\n')
  const before = tested(['diff', 'fw/set.sh', 'fw/set.sh', ...QUICK])
  expect(before.files).toEqual([here('fw/set.sh')])
  expect(before.folders).toMatchObject([{ path: 'fw', covers: 'tree', complete: true }])
  write('fw/names', 'NAME=g\n')
  const after = tested(['diff', 'fw/set.sh', 'fw/set.sh', ...QUICK])
  expect(after.files).toEqual(before.files)
  expect(after.folders![0]!.sha256).not.toBe(before.folders![0]!.sha256)
})

test('a run records its scenario, policy, platform and their files, each once', () => {
  const narrow = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '22', '--no-save']
  const { files } = tested(['run', 'default-egress', ...narrow], [], ROOT)
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual([...new Set(paths)].sort())
  expect(paths).toContain('scenarios/default-egress.yaml')
  expect(paths.filter((path) => path.startsWith('scenarios/policies/'))).toEqual([
    'scenarios/policies/zerops.yaml',
  ])
  for (const { path, ...said } of files) {
    const { path: _, ...own } = file(path, readFileSync(join(ROOT, path)))
    expect({ path, ...said }).toEqual({ path, ...own })
  }
})
