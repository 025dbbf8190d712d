import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { chooseLab } from './lab-choice.ts'

const firewall = (text: string): Firewall => ({
  origin: 'fw.nft',
  parts: [{ kind: 'nft', file: 'fw.nft', text, stretches: [{ from: 1, file: 'fw.nft', line: 1 }] }],
})
const RULES = firewall('table inet t { chain c { iifname "wan0" drop; iifname "lan0" accept; } }')
const AWAY: Firewall = { origin: 'netns:a', parts: [], target: { kind: 'netns', name: 'a' } }

test('a lab file with a zone behind an unnamed interface causes a remark', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-lab-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lab = join(folder, 'lab.yaml')
  writeFileSync(lab, 'zones:\n  wan: { link: wan0, default: true }\n  dmz: { link: dmz0 }\n')
  expect(await chooseLab([RULES, RULES], { lab })).toMatchObject({
    remarks: [
      'zone dmz is behind interface "dmz0", which no rule names: only rules without an interface condition apply there',
    ],
  })
  expect((await chooseLab([RULES, AWAY], { lab })).remarks).toBeUndefined()
  expect((await chooseLab([RULES], {})).remarks).toBeUndefined()
})
