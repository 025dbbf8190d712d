/** Claim: what compose files and Dockerfiles ask for beyond a container is refused by every command that starts one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { SUPERVISED } from '../supervisor/watched.ts'

const RULES = `table inet t {
  chain c {
    type filter hook forward priority 0; policy drop;
    iifname "eth1" oifname "eth0" tcp dport 80 accept
  }
}
`
const OLD = 'compose:old.yaml#edge,rules.nft'
const NEW = 'compose:new.yaml#edge,rules.nft'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-trust-'))
  for (const [name, text] of Object.entries({
    'rules.nft': RULES,
    'old.yaml': 'services:\n  edge: { image: made/up, privileged: true }\n',
    'new.yaml': 'services:\n  edge:\n    image: made/up\n    pid: host\n    ipc: host\n',
    Dockerfile: 'FROM made/up\nRUN --network=host id\n',
  }))
    writeFileSync(join(folder, name), text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) =>
  nftproof(args, {
    cwd: folder,
    env: { [SUPERVISED]: '1', DOCKER_HOST: `unix://${folder}/nobody.sock` },
  })

test.each([
  [
    'diff',
    ['diff', OLD, NEW],
    ['old.yaml:2:27: privileged', 'new.yaml:4:5: pid', 'new.yaml:5:5: ipc'],
  ],
  ['diff, of one', ['diff', OLD, 'rules.nft'], ['old.yaml:2:27: privileged']],
  [
    'explain',
    ['explain', NEW, 'eth1', 'eth0', 'tcp/80', '--reporter', 'json'],
    ['new.yaml:4:5: pid', 'new.yaml:5:5: ipc'],
  ],
  [
    'run',
    [
      'run',
      'default-egress',
      '--scenarios',
      SCENARIOS,
      '--target',
      'dockerfile:Dockerfile',
      '--load',
    ],
    ['Dockerfile:2:1: RUN --network'],
  ],
] as const)('%s refuses everything untrusted before it contacts an engine', (_, args, begins) => {
  const { code, out, err } = run(...args)
  const lines = err
    .replace(/^nftproof: /, '')
    .trim()
    .split('\n')
  expect(lines).toEqual(begins.map((begin) => expect.stringContaining(begin)))
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

test('with --trust, the command contacts the engine, which is missing', () => {
  const { code, err } = run('diff', OLD, NEW, '--trust', 'privileged', '--trust', 'pid,ipc')
  expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(/does not answer/) })
})

test('an unknown --trust value is bad usage', () => {
  const { code, err } = run('diff', OLD, NEW, '--trust', 'everything')
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/"everything" is not one of privileged, .* or all/),
  })
})
