/** The folder of compiled code is of no use to a script: what it writes there would be executed outside. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { describeUnless } from '../../tools/testing/describe-unless.ts'
import { safeFolder } from '../system/compile-cache.ts'
import { PACKAGE } from '../system/module-url.ts'

const modules = fileURLToPath(new URL('node_modules', PACKAGE))
const cache = safeFolder(modules)
const EVIL = 'nftproof-evil'

const why = cache === undefined ? 'others can write to this checkout' : undefined

describeUnless(why, 'compiled code', () => {
  // Beside the cache, so that its folder is the script's own.
  const file = join(modules, `nftproof-script-${process.pid}.sh`)
  afterAll(() => rmSync(file, { force: true }))

  const script = `set -eu
test -d ${modules} || { echo 'the folder of the script is not seen'; exit 1; }
env | grep NODE && exit 1
test ! -e ${cache} || { echo 'it is seen'; exit 1; }
mkdir -p ${cache}/version && echo evil > ${cache}/${EVIL} || true
nft add table inet t
nft add chain inet t c '{ type filter hook forward priority 0; }'
nft add rule inet t c iifname lan0 oifname wan0 tcp dport 22 drop
`

  test('is neither seen nor written by a script beside it, which has none of its variables', () => {
    writeFileSync(file, script)
    expect(nftproof(['explain', `script:${file}`, 'lan0', 'wan0', 'tcp/22'])).toMatchObject({
      code: 0,
    })
    expect(existsSync(join(cache!, EVIL))).toBe(false)
    // The command itself keeps its own there.
    for (const name of readdirSync(cache!)) expect(name).toMatch(/^v\d/)
    expect(readdirSync(cache!)).not.toEqual([])
  })
})
