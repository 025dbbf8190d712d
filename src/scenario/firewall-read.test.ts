import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { isFirewallScenario, readFirewallScenario } from './firewall-read.ts'

const GOOD = `title: A title
requirement: A claim.
source: Somewhere
firewall: fw.nft
policy: p.yaml
`
const place = {
  id: 'c',
  file: 'c.yaml',
  include: () => ({ reason: 'no such file' }),
  resolve: (path: string) => `/x/${path}`,
  resolveFirewall: (argument: string) => `/x/${argument}`,
}

function read(more = '', text = GOOD) {
  return readFirewallScenario(`${text}${more}`, place)
}

test('the shortest scenario: all paths, in an inferred lab', () => {
  const reading = read()
  expect(reading.ok && reading.value).toMatchObject({
    firewall: '/x/fw.nft',
    policyFile: '/x/p.yaml',
    lab: { kind: 'inferred' },
    sweeps: [],
  })
  expect(isFirewallScenario(GOOD, 'c.yaml')).toBe(true)
  expect(isFirewallScenario('policy: p.yaml\nprojects: {}\n', 'c.yaml')).toBe(false)
})

test('variables of a script are text', () => {
  const reading = read('environment: { LAN: eth0, PORT: 8080, STRICT: true, NONE: "" }')
  expect(reading.ok && reading.value.environment).toEqual({
    variables: { LAN: 'eth0', PORT: '8080', STRICT: 'true', NONE: '' },
    at: { file: 'c.yaml', line: 6, column: 14 },
  })
})

test.each([
  [
    'a name that is invalid in a shell',
    'environment: { "A B": x }',
    /must be the name of a variable/,
  ],
  ['a value with NUL in it', 'environment: { A: "x\\0y" }', /must have no NUL in it/],
  ['a list', 'environment: [A]', /environment/],
])('%s is refused as a variable', (_, more, message) => {
  const reading = read(more)
  expect(reading.ok ? '' : reading.problems.map(problemText).join()).toMatch(message)
})

test.each<[string, string, object]>([
  ['a lab file', 'lab: l.yaml', { kind: 'file', file: '/x/l.yaml' }],
  [
    'names of interfaces',
    'zones: { wan: eth0, lan: eth1 }',
    {
      kind: 'named',
      links: [
        { zone: 'wan', link: 'eth0' },
        { zone: 'lan', link: 'eth1' },
      ],
    },
  ],
  [
    'names, one of them declared as unnamed in the rules',
    'zones: { wan: eth0, lan: { link: eth1 } }',
    {
      kind: 'named',
      links: [
        { zone: 'wan', link: 'eth0' },
        { zone: 'lan', link: 'eth1', isDeclared: true },
      ],
    },
  ],
  [
    'zones as in a lab file',
    'zones:\n  wan: { link: eth0, addresses: [203.0.113.10/24] }\nforwarding: false',
    { kind: 'given', plan: { forwarding: false, zones: [{ name: 'wan', link: 'eth0' }] } },
  ],
])('the lab of a scenario: %s', (_, more, lab) => {
  const reading = read(more)
  expect(reading.ok && reading.value.lab).toMatchObject(lab)
})

describe('a scenario is refused', () => {
  test.each<[string, string, RegExp]>([
    [
      'two labs',
      'lab: l.yaml\nzones: { wan: eth0 }',
      /^c\.yaml:7:8: zones cannot stand beside lab/,
    ],
    [
      'a mix of both',
      'zones: { wan: eth0, lan: { link: eth1, routes: [10.9.0.0/16] } }',
      /zones must be all interface names \(.*\), or all zones as in a lab file/,
    ],
    [
      'settings for an inferred lab',
      'zones: { wan: eth0 }\nforwarding: false',
      /forwarding needs zones as in a lab file/,
    ],
    [
      'an error in a zone',
      'zones:\n  wan: { link: eth0, addresses: [203.0.113.10] }',
      /^c\.yaml:7:34: address "203\.0\.113\.10": the prefix length is missing/,
    ],
    ['an unknown key', 'sweps: []', /unknown key "sweps" — did you mean "sweeps"/],
    ['projects, which are for policies of platforms', 'projects: {}', /unknown key "projects"/],
    ['wrong ports', 'sweeps: [{ ports: 70000 }]', /70000 is above 65535/],
    ['no sweeps', 'sweeps: []', /sweeps \[\]: must not be empty/],
  ])('%s', (_, more, message) => {
    const reading = read(more)
    expect(reading.ok ? '' : reading.problems.map(problemText).join('\n')).toMatch(message)
  })
})
