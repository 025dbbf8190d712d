/** Claim: where a report cannot be written there is no half of one, the reason is said, and the exit code is no 0. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'

let folder: string
const QUICK = ['--scenarios', SCENARIOS, '--ports', '20-90', '--protocol', 'tcp']

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  mkdirSync(join(folder, 'full'))
  const { out, code } = nftproof([
    'run',
    'default-egress',
    ...QUICK,
    '--reporter',
    'json',
    '--no-save',
  ])
  expect(code).toBe(0)
  writeFileSync(join(folder, 'result.json'), out)
  const ports = Array.from({ length: 800 }, (_, i) => `tcp dport ${i + 1} accept`).join('\n')
  writeFileSync(
    join(folder, 'rules.nft'),
    `table inet t {\nchain c {\ntype filter hook input priority 0\niifname "up0" ip saddr 10.9.0.0/16 accept\n${ports}\n}\n}\n`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

/** `full` is a disk of that size; what is in it afterwards is printed behind the command's output. */
function withDisk(options: string, ...args: readonly string[]) {
  const shell = `mount -t tmpfs -o ${options} none full && { "$@"; code=$?; echo "left: $(ls -A full | tr '\\n' ' ')"; exit $code; }`
  const lead = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', shell, 'sh']
  return nftproof(args, { lead, cwd: folder })
}

// Room for a page, or for no file at all.
const [SMALL, NONE] = ['size=4k', 'nr_inodes=1']

test.each([
  [
    'run',
    SMALL,
    ['run', 'default-egress', ...QUICK, '--no-save', '--reporter', 'junit=full/junit.xml'],
  ],
  ['run', SMALL, ['run', 'default-egress', ...QUICK, '--out', 'full']],
  ['show, JUnit', SMALL, ['show', 'result.json', '--reporter', 'junit=full/junit.xml']],
  ['show, Markdown', NONE, ['show', 'result.json', '--reporter', 'markdown=full/page.md']],
  [
    'merge, JUnit',
    SMALL,
    ['merge', 'result.json', '--no-save', '--reporter', 'junit=full/junit.xml'],
  ],
  [
    'matrix',
    NONE,
    [
      'matrix',
      '--target',
      'a=result:result.json',
      '--target',
      'b=result:result.json',
      '--reporter',
      'markdown=full/matrix.md',
    ],
  ],
  [
    'matrix --out',
    SMALL,
    [
      'matrix',
      '--target',
      'a=result:result.json',
      '--target',
      'b=result:result.json',
      '--out',
      'full',
    ],
  ],
  [
    'compile',
    SMALL,
    ['compile', join(SCENARIOS, 'platform.yaml'), '--at', '2026-06-15', '--out', 'full/rules.nft'],
  ],
  ['lab infer', NONE, ['lab', 'infer', 'rules.nft', '--write-lab', 'full/lab.yaml']],
  [
    'lab infer --force',
    NONE,
    ['lab', 'infer', 'rules.nft', '--force', '--write-lab', 'full/lab.yaml'],
  ],
] as const)('%s with %s', (_, options, args) => {
  const { code, out, err } = withDisk(options, ...args)
  expect(err).toMatch(/could not be written.*no space left/is)
  expect(out).toMatch(/left: (?:matrix\.json )?\n/)
  expect(code).toBe(3)
})

test('a mismatch still exits 1', () => {
  const hole = 'table inet t { }\n'
  writeFileSync(join(folder, 'hole.nft'), hole)
  const args = ['run', 'default-egress', ...QUICK, '--ruleset', 'hole.nft', '--no-save']
  const { code, out } = withDisk(SMALL, ...args, '--quiet', '--reporter', 'junit=full/junit.xml')
  expect(out).toMatch(/left: \n/)
  expect(code).toBe(1)
})

test('a report can be written to /dev/stdout, but not to /dev/full', () => {
  const shown = nftproof(['show', join(folder, 'result.json'), '--reporter', 'junit=/dev/stdout'])
  expect(shown.out).toContain('<testsuites name="nftproof"')
  expect(shown.code).toBe(0)
  const full = nftproof(['show', join(folder, 'result.json'), '--reporter', 'junit=/dev/full'])
  expect(full.err).toContain('/dev/full could not be written')
  expect(full.code).toBe(3)
})
