/** Claim: no argument and no name of a file acts on the terminal, whichever command it goes through. Nothing is measured here. */
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'
import { OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import { HOSTILE, HOSTILE_LINE } from '../../tools/testing/hostile-text.ts'
import { file, folder, inSafeFolder, POLICY, safeFor } from '../../tools/testing/safe-output.ts'
import { resultText } from '../output/result-store.ts'

inSafeFolder()

const good = (): string =>
  file('good.json', resultText(result([scenario([table([row(22, 22, OPEN, { kind: 'open' })])])])))

describe('arguments', () => {
  safeFor([
    ['an unknown command', () => [HOSTILE]],
    ['an unknown option that is like a known one', () => ['run', `--quie${HOSTILE}`]],
    ['an option with a value', () => ['run', `--${HOSTILE}=${HOSTILE}`]],
    ['too many arguments', () => ['doctor', HOSTILE]],
    ['an unknown choice', () => ['run', '--run-in', HOSTILE]],
    ['a value of an option', () => ['run', '--ports', HOSTILE]],
    ['a scenario', () => ['run', HOSTILE]],
    ['a ruleset', () => ['run', '--bundled', 'default-egress', '--ruleset', HOSTILE]],
    ['a zone', () => ['run', '--bundled', 'default-egress', '--from', HOSTILE]],
    ['a named target', () => ['matrix', '--target', `${HOSTILE}=here`]],
    ['a result', () => ['show', HOSTILE]],
    ['results', () => ['merge', HOSTILE]],
    ['a policy', () => ['policy', 'show', HOSTILE]],
    ['a link', () => ['compile', POLICY, '--project', `shop=${HOSTILE},10.0.0.0/8`]],
    ['a request', () => ['request', 'review', HOSTILE]],
    ['a platform', () => ['request', 'list', '--platform', HOSTILE]],
    ['a firewall', () => ['lab', 'infer', HOSTILE]],
    ['a firewall in a revision', () => ['lab', 'infer', `${HOSTILE}:${HOSTILE}`]],
    ['a container', () => ['lab', 'infer', `image:${HOSTILE}`]],
    ['a lab', () => ['lab', 'check', HOSTILE]],
    ['a file that cannot be written', () => ['show', good(), '--reporter', `junit=${HOSTILE}/x`]],
    ['a folder of results', () => ['merge', good(), '--out', `${good()}/${HOSTILE}`]],
    ['limits', () => ['lab', 'infer', 'HEAD:x'], { NFTPROOF_TIME_LIMITS: HOSTILE }],
  ])
})

describe('names of existing files', () => {
  const named = (end: string, text: string) => (): string =>
    file(`${HOSTILE.replaceAll('/', '')}${end}`, text)
  const yaml = named('.yaml', 'a: [')
  safeFor([
    ['a policy', () => ['policy', 'show', yaml()]],
    ['a request', () => ['request', 'review', yaml()]],
    ['a good lab', () => ['lab', 'check', named('.lab.yaml', LAB)()]],
    ['a good policy', () => ['policy', 'show', named('.policy.yaml', ZONES)()]],
    ['a result', () => ['show', named('.json', '{')()]],
    ['an empty firewall', () => ['lab', 'infer', named('.nft', '')()]],
    ['a firewall', () => ['lab', 'infer', named('.rules.nft', RULES)()]],
    ['one of several in a folder', () => ['run', '--scenarios', folderOf(yaml())]],
  ])
})

const LAB = 'zones:\n  lan: { link: lan0, addresses: [10.0.0.10/24] }\n'
const ZONES = `policy: paper\ntitle: t\nzones: [lan, wan]\nstatements:\n  - { from: lan, to: wan, allow: tcp/22 }\notherwise: blocked\n`
const RULES = `table inet t {\n chain c {\n type filter hook forward priority 0; policy drop;\n iifname "lan0" accept comment "${HOSTILE_LINE}"\n }\n}\n`

function folderOf(name: string): string {
  const own = join(folder, 'one')
  mkdirSync(own, { recursive: true })
  renameSync(join(folder, name), join(own, name))
  return own
}
