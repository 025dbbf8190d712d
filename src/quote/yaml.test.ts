/** Claim: nothing of a comment becomes a value, in whatever way a line may end. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { hostileText } from '../../tools/testing/hostile.ts'
import type { LabPlan } from '../lab/lab.ts'
import { readLab } from '../lab/read.ts'
import { labText } from '../lab/text.ts'
import { yamlComment } from './yaml.ts'

const PLAN: LabPlan = {
  zones: [
    { name: 'a', link: 'a', addresses: [{ family: 4, address: '10.0.0.10', prefixLength: 24 }] },
    { name: 'b', link: 'eth0', addresses: [{ family: 4, address: '10.1.0.10', prefixLength: 24 }] },
  ],
  forwarding: true,
  sysctls: {},
}

test.each(['1.2', '1.1'] as const)('hostile comments do not change values: YAML %s', (version) => {
  fc.assert(
    fc.property(fc.array(hostileText(), { maxLength: 4 }), (told) => {
      const document = parseDocument(`${told.map(yamlComment).join('')}a: 1\n`, { version })
      expect(document.errors).toEqual([])
      expect(document.toJS()).toEqual({ a: 1 })
    }),
  )
})

/** Readers of lab files refuse very long nests of brackets, wherever they are. */
const remark = hostileText().map((text) => text.slice(0, 40))

test('a lab file with hostile comments is the same lab', () => {
  fc.assert(
    fc.property(fc.array(remark, { maxLength: 4 }), (told) => {
      const reading = readLab('lab.yaml', labText(PLAN, told))
      expect(reading).toMatchObject({ ok: true, value: PLAN })
    }),
  )
})
