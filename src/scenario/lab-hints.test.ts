import { expect, test } from 'vitest'
import { inferLab } from '../lab/infer.ts'
import { officeWith } from '../policy/zones/fixtures.ts'
import { labHintsOf } from './lab-hints.ts'

const at = { file: 'c.yaml', line: 6, column: 3 }
const links = [
  { zone: 'wan', link: 'eth0', at },
  { zone: 'dmz', link: 'eth2', at },
]
const FIREWALL = {
  kind: 'nft' as const,
  file: 'fw.nft',
  text: 'table inet t {\n chain c {\n type filter hook forward priority 0\n iifname "eth0" ip daddr 192.0.2.80 accept\n }\n}\n',
  stretches: [{ from: 1, file: 'fw.nft', line: 1 }],
}

test('an interface that only the scenario names is in the lab, with the hosts of its zone', () => {
  const { plan, reasons: told } = inferLab([FIREWALL, labHintsOf(officeWith(), links)])
  const dmz = plan.zones.find(({ link }) => link === 'eth2')!
  expect(dmz.addresses.map(({ address }) => address)).toContainEqual(
    expect.stringMatching(/^192\.0\.2\./),
  )
  expect(told.join('\n')).toContain('office.yaml:5')
})

test('without a known interface there are no hints', () => {
  const alone = inferLab([FIREWALL]).plan
  expect(inferLab([FIREWALL, labHintsOf(officeWith(), [])]).plan).toEqual(alone)
})
