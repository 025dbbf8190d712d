/** The folder of compiled code is of no use to a script: what it writes there would be executed outside. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { nftproof, SOURCE_MAIN } from '../../tools/testing/command.ts'
import { safeFolder } from '../system/compile-cache.ts'
import { PACKAGE } from '../system/module-url.ts'

const modules = fileURLToPath(new URL('node_modules', PACKAGE))
const cache = safeFolder(modules)
const EVIL = 'nftproof-evil'

/** Only the sources are kept there. The tests keep a folder of their own, which is not the one that this is about. */
const setting = { main: SOURCE_MAIN, lead: ['env', '-u', 'NODE_COMPILE_CACHE'] }

// Beside the cache, so that its folder is the script's own.
const file = join(modules, `nftproof-script-${process.pid}.sh`)
afterAll(() => rmSync(file, { force: true }))

const script = `set -eu
test -d ${modules} || { echo 'the folder of the script is not seen'; exit 1; }
env | grep NODE && exit 1
test ! -e ${modules}/.cache/nftproof || { echo 'it is seen'; exit 1; }
mkdir -p ${modules}/.cache/nftproof && echo evil > ${modules}/.cache/nftproof/${EVIL} || true
nft add table inet t
nft add chain inet t c '{ type filter hook forward priority 0; }'
nft add rule inet t c iifname lan0 oifname wan0 tcp dport 22 drop
`

test('a script cannot read or write the compile cache, and gets none of its variables', () => {
  writeFileSync(file, script)
  expect(nftproof(['explain', `script:${file}`, 'lan0', 'wan0', 'tcp/22'], setting)).toMatchObject({
    code: 0,
  })
  expect(existsSync(join(modules, '.cache/nftproof', EVIL))).toBe(false)
  // The command itself keeps its own there, unless others can write to this checkout.
  const kept = cache === undefined ? [] : readdirSync(cache)
  for (const name of kept) expect(name).toMatch(/^v\d/)
  expect(kept.length > 0).toBe(cache !== undefined)
})
