/** The same command in one container: the same output, results where they always are, the same exit code. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withoutRunIn } from '../../harness/delegate/arguments.ts'
import { nftproof } from '../testing/command.ts'
import { RIGHT, rulesetOf } from '../testing/ruleset.ts'

const IN = ['--run-in', 'container:nftproof-test/harness']
const RUN = [
  'run',
  'default-egress',
  '--bundled',
  '--quiet',
  '--ports',
  '20-30',
  '--family',
  'ipv4',
  '--protocol',
  'tcp',
]
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-in-container-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a run in a container conforms and leaves its result here', () => {
  const { code, out } = nftproof([...RUN, ...IN], { cwd: folder })
  expect(code).toBe(0)
  expect(out).toMatch(/✔ 1 scenario conforms: 11 (?:ports|numbers) probed/)
  const [id] = readdirSync(join(folder, 'results/runs'))
  const result = JSON.parse(readFileSync(join(folder, 'results/runs', id!, 'result.json'), 'utf8'))
  expect(result.status).toBe('conforms')
})

test('a run in a container finds a fault in a local file: exit 1', () => {
  const first = 'iifname "shop0" tcp dport 25 accept'
  writeFileSync(join(folder, 'mine.nft'), rulesetOf({ ...RIGHT, first }))
  const { code, out } = nftproof([...RUN, '--ruleset', 'mine.nft', ...IN], { cwd: folder })
  expect(out).toMatch(/25 +│ blocked +│ OPEN/)
  // What shows it again goes there, too.
  expect(out).toContain(`nftproof run ${IN.join(' ')} --bundled --ruleset mine.nft default-egress`)
  expect(code).toBe(1)
})

test('bad usage in a container is reported on the same stream', () => {
  const { code, out, err } = nftproof(['run', 'no-such-scenario', ...IN], { cwd: folder })
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/no-such-scenario/)
})

test('a missing image is reported with the command that makes it', () => {
  const { code, err } = nftproof([...RUN, '--run-in', 'container:nftproof-test/no'], {
    cwd: folder,
  })
  expect(code).toBe(3)
  expect(err).toMatch(/docker build -t nftproof -f tools\/container\/Dockerfile \. builds it/)
})

test('arguments are passed on without the local options', () => {
  const args = ['run', 'a', '--run-in', 'container:x', '--quiet']
  expect(withoutRunIn(args)).toEqual(['run', 'a', '--quiet'])
  expect(withoutRunIn(['run', '--run-in=container', 'a'])).toEqual(['run', 'a'])
})
