/** Claim: a file of passwords in the same work tree, named by a scenario or an include, comes back in no word. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFirewall } from '../input/firewall.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

let folder: string
let sandbox: Sandbox
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hidden-'))
  sandbox = new Sandbox({ workers: 1, rootless: mustBeRootless() })
  await sandbox.ready()
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

const PASSWORDS = 'PASSWORD=hunter2-canary\nexport TOKEN=$hunter2-canary\n'

async function refusals(name: string, root?: string): Promise<string> {
  return (await sandbox.check(await readFirewall(at(name), { root }), [])).join('\n')
}

test.each(['.env', 'secrets', 'vault.conf'])('%s', async (name) => {
  writeFileSync(at(name), PASSWORDS)
  writeFileSync(at('fw.nft'), `table ip t {\n}\ninclude "${name}"\n`)
  const place = new RegExp(`${name.replace('.', '\\.')}:1:\\d+-\\d+: Error`)
  for (const said of [await refusals('fw.nft'), await refusals(name, folder)]) {
    expect(said).toMatch(place)
    expect(said).toContain('are hidden, because another file names it')
    expect(said).not.toContain('hunter2')
  }
  // What the user names is shown.
  expect(await refusals(name)).toContain('PASSWORD=hunter2-canary')
})

test("an error in a file with a ruleset's name quotes the line", async () => {
  writeFileSync(at('part.nft'), 'add rule ip t nowhere oops\n')
  writeFileSync(at('fw.nft'), 'include "part.nft"\n')
  expect(await refusals('fw.nft')).toContain('add rule ip t nowhere oops')
})
