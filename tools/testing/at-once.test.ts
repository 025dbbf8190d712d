/** The reason of a failure and of a skip is printed before the next test ends, even where that blocks its process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linesOf } from './at-once.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const HERE = new URL('.', import.meta.url).pathname
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-at-once-'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// The second test blocks its process until the first one's reason was read here.
const TESTS = `import { spawnSync } from 'node:child_process'
import { describe, expect, test, beforeAll } from 'vitest'
test('is wrong', () => expect({ port: 25 }).toEqual({ port: 26 }))
test('blocks', () => { spawnSync('sh', ['-c', 'until [ -e read ]; do sleep 0.05; done']) })
test('cannot be here', ({ skip }) => skip('for want of a moon'))
describe('with a hook', () => {
  beforeAll(() => { throw new Error('the hook is broken') })
  test('never runs', () => {})
})
`

/** Runs vitest in the folder; `said` is called with all of its output so far. */
async function vitest(said: (out: string) => void = () => {}): Promise<string> {
  const program = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const args = ['run', `--root=${folder}`, `--reporter=${HERE}at-once.ts`]
  const setup = `export default { test: { setupFiles: ['${HERE}setup.ts'] }, server: { fs: { strict: false } } }\n`
  writeFileSync(join(folder, 'vitest.config.mjs'), setup)
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    said(out)
  })
  expect(await once(child, 'close')).toEqual([1, null])
  return out
}

test('a failure is printed while later tests run', async () => {
  writeFileSync(join(folder, 'some.test.ts'), TESTS)
  const out = await vitest((so) => {
    if (so.includes('at ') && so.includes('"port": 26')) writeFileSync(join(folder, 'read'), '')
  })
  expect(out).toMatch(/^✘ some\.test\.ts > is wrong\n {4}expected \{ port: 25 \} to deeply equal/)
  expect(out).toMatch(/- {3}"port": 26,\n.*\+ {3}"port": 25,\n[\s\S]* {4}at .*some\.test\.ts:3/)
  expect(out).toMatch(/^↓ some\.test\.ts > cannot be here\n {4}for want of a moon$/m)
  expect(out).toMatch(/^✘ with a hook\n {4}the hook is broken\n/m)
})

test('a failure of a file that does not load is printed', async () => {
  writeFileSync(join(folder, 'some.test.ts'), `import './missing.ts'\n`)
  expect(await vitest()).toMatch(/^✘ some\.test\.ts\n {4}.*missing\.ts/m)
})

test('a failure of a killed test process is printed', async () => {
  const killed = `import { test } from 'vitest'\ntest('dies', () => { process.kill(process.pid, 'SIGKILL') })\n`
  writeFileSync(join(folder, 'some.test.ts'), killed)
  expect(await vitest()).toMatch(
    /^✘ outside of the tests, while these ran: some\.test\.ts\n {4}.*worker/im,
  )
})

test('a failure is printed without colours in a log', () => {
  const failure = { message: '\u001b[31mwrong\u001b[39m', stacks: [{ file: '/a.ts', line: 3 }] }
  expect(linesOf(failure)).toEqual(['    wrong', '    at /a.ts:3'])
})
