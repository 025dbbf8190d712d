/** Claim: of what a machine sends back, only the files that were asked for are taken. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mustHoldOnly } from './vagrant.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-vagrant-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function archive(...names: string[]): Buffer {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), '')
  }
  return execFileSync('tar', ['-cf', '-', '-C', folder, '--', ...names])
}

const WANTED = ['results/runs', 'junit.xml']

test.each([[[]], [['./junit.xml']], [['./results/runs/a/result.json', './junit.xml']]])(
  '%j is accepted',
  async (names) => {
    const bytes = names.length === 0 ? Buffer.alloc(10240) : archive(...names)
    await expect(mustHoldOnly(WANTED, bytes)).resolves.toBeUndefined()
  },
)

test.each([
  './package.json',
  './results/other',
  './junit.xml.sh',
  './results/runs2/x',
  'junit.xml',
])('%s is refused', async (name) => {
  const bytes = archive('./junit.xml', name)
  await expect(mustHoldOnly(WANTED, bytes)).rejects.toThrow(/unexpected file from the machine/)
})
