import { describe, expect, test } from 'vitest'
import { problemText } from '../../input/problem.ts'
import { valueAt } from '../../net/range-map.ts'
import { grant } from '../../ruleset/fixtures.ts'
import { decide } from '../decide.ts'
import { endsOfGrants, hostsWithGrants } from '../grantees.ts'
import { endpointOf, OFFICE, zonePolicyOf } from './fixtures.ts'
import { readZonePolicy } from './read.ts'

const withGrants = (grants: string): string =>
  OFFICE.replace('statements:', `grants: ${grants}\nstatements:`)
const problems = (text: string): string => {
  const reading = readZonePolicy(text, 'o.yaml')
  return reading.ok ? '' : reading.problems.map(problemText).join('\n')
}

test('grants are for the hosts of all other zones, and keep flows, unless the policy says otherwise', () => {
  const policy = zonePolicyOf(withGrants('{ to: wan }'))
  expect(policy.grants).toEqual({ revoked: 'keep', from: ['lan', 'dmz'], to: ['wan'] })
  expect(hostsWithGrants(policy).map(({ name }) => name)).toEqual(['web', 'admin'])
  const few = zonePolicyOf(withGrants('{ from: admin, to: wan, revoked: cut, reason: r }'))
  expect(few.grants).toEqual({ revoked: 'cut', from: ['admin'], to: ['wan'], reason: 'r' })
  expect(hostsWithGrants(few).map(({ name }) => name)).toEqual(['admin'])
})

test('a policy without the key takes none', () => {
  const policy = zonePolicyOf(OFFICE)
  expect(policy.grants).toBeUndefined()
  expect(hostsWithGrants(policy)).toEqual([])
})

test('a grant opens what a default denies, for its host, towards the zone of grants alone', () => {
  const policy = zonePolicyOf(withGrants('{ to: wan }'))
  const grants = [grant('g', 'admin', { tcp: '25', udp: '9' }), grant('h', 'web', { tcp: '25' })]
  const at = (from: string, to: string, port: number) => {
    const own = grants.filter(({ project }) => project === from)
    const spans = decide(policy, {
      ...{ from: endpointOf(policy, from), to: endpointOf(policy, to) },
      ...{ family: 4, protocol: 'tcp' },
      granted: { grants: own, target: '198.51.100.1' },
    })
    return valueAt(spans, port)!.clause.label
  }
  expect(at('web', 'wan', 25)).toBe('grant h')
  // An explicit deny beats it.
  expect(at('admin', 'wan', 25)).toBe('deny tcp/25')
  expect(at('dmz', 'wan', 25)).toBe('otherwise drop')
  expect(at('web', 'lan', 25)).toBe('otherwise drop')
})

test('the path of a request is that of its host; of any other name, that of projects', () => {
  const policy = zonePolicyOf(withGrants('{ to: wan }'))
  expect(endsOfGrants(policy, 'web')).toMatchObject({
    from: { name: 'web', zone: 'dmz' },
    to: { name: 'wan' },
  })
  expect(endsOfGrants(policy, 'shop')).toMatchObject({ from: { name: 'project' } })
})

describe('errors', () => {
  test.each<[string, string, RegExp]>([
    ['no zone', '{ revoked: cut }', /o\.yaml:8:9: .*to is missing/],
    [
      'an unknown zone',
      '{ to: wann }',
      /^o\.yaml:8:15: to "wann": grants lead to one zone — did you mean "wan"/,
    ],
    ['a host', '{ to: web }', /to "web": grants lead to one zone/],
    ['the firewall', '{ to: firewall }', /to "firewall": grants lead to one zone/],
    ['an unknown sender', '{ from: adm, to: wan }', /from "adm": unknown zone or host/],
    [
      'a sender in the zone itself',
      '{ from: [lan, wan], to: wan }',
      /from "wan": grants are for hosts of other zones than "wan"/,
    ],
    [
      'the firewall as sender',
      '{ from: firewall, to: wan }',
      /from "firewall": grants are for hosts/,
    ],
    ['an unknown word', '{ to: wan, revoked: kept }', /revoked "kept": must be "?keep/],
  ])('%s', (_, grants, message) => {
    expect(problems(withGrants(grants))).toMatch(message)
  })

  test('an organization of a wrong form', () => {
    const text = OFFICE.replace('[10.20.1.5]', '[10.20.1.5], organization: "a b"')
    expect(problems(text)).toMatch(/^o\.yaml:6:\d+: organization "a b": must begin/)
  })
})
