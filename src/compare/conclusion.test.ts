import { expect, test } from 'vitest'
import { noFindings } from '../plan/findings.ts'
import { concludeClaim } from './conclusion.ts'

const findings = { ...noFindings(4), notes: ['64 classes were tried'], remarks: ['a remark'] }

test('a scenario of projects has no notes: its remarks have them', () => {
  const found = concludeClaim({ accepted: [], notes: undefined, remarks: [], notMeasured: [] }, [
    findings,
  ])
  expect(found.notes).toBeUndefined()
  expect(found.remarks).toEqual(['a remark', '64 classes were tried'])
})

test('a given firewall has notes, also when there are none', () => {
  const given = { accepted: [], notes: [], remarks: [], notMeasured: [] }
  expect(concludeClaim(given, [noFindings(4)])).toMatchObject({ notes: [] })
  expect(concludeClaim(given, [findings])).toMatchObject({
    notes: ['64 classes were tried'],
    remarks: ['a remark'],
  })
})
