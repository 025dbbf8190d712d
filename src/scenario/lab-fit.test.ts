import { expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { OFFICE, officeWith, zonePolicyOf } from '../policy/zones/fixtures.ts'
import { LAB, labOf } from './fixtures.ts'
import { endpointAt, placeEndpoints, problemsOfFit, withHosts } from './lab-fit.ts'

const problems = (policy: string, lab = LAB): string[] =>
  problemsOfFit(zonePolicyOf(policy), labOf(lab)).map(problemText)

test('a fitting lab has no problems', () => {
  expect(problems(OFFICE)).toEqual([])
})

test('a zone that is missing in the lab is a problem', () => {
  expect(problems(OFFICE, LAB.replace('dmz:', 'dmz0:'))).toEqual([
    expect.stringMatching(
      /^office\.yaml:3:19: zone "dmz": the lab has no zone of this name: .* — did you mean "dmz0"\?/,
    ),
  ])
})

test('a host in another zone, in no zone, or of the firewall is a problem', () => {
  expect(problems(OFFICE.replace('192.0.2.80', '192.0.3.80'))).toEqual([
    'office.yaml:5:33: host "web": 192.0.3.80 is routed to zone wan in this lab, not to dmz',
  ])
  expect(problems(OFFICE.replace('10.20.1.5', '"fd00::5"'))).toEqual([
    'office.yaml:6:35: host "admin": fd00::5 is routed to zone wan in this lab, not to lan',
  ])
  expect(problems(OFFICE.replace('10.20.1.5', '10.20.1.1'))).toEqual([
    'office.yaml:6:35: host "admin": 10.20.1.1 is the firewall\'s own address in this lab',
  ])
})

test('an inferred lab gets routes to unknown hosts', () => {
  const policy = zonePolicyOf(OFFICE.replace('192.0.2.80', '192.0.3.80'))
  const plan = withHosts(labOf(), policy)
  expect(problemsOfFit(policy, plan)).toEqual([])
  expect(plan.zones.find(({ name }) => name === 'dmz')!.routes).toEqual(['192.0.3.80/32'])
})

test("when the lab's host has a name in the policy, the zone gets another ordinary host", () => {
  const plan = labOf(LAB.replace('192.0.2.10', '192.0.2.80'))
  const ends = placeEndpoints(officeWith(), plan)
  expect(ends.find(({ name }) => name === 'web')!.addresses[4]).toBe('192.0.2.80')
  expect(ends.find(({ name }) => name === 'dmz')!.addresses[4]).toBe('192.0.2.81')
})

test.each([
  ['192.0.2.80', 'web'],
  ['192.0.2.81', 'dmz'],
  ['10.20.1.1', 'firewall'],
  ['8.8.8.8', 'wan'],
])('%s is %s', (address, name) => {
  expect(endpointAt(officeWith(), labOf(), address, 4)?.name).toBe(name)
})
