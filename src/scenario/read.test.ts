import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import { NOTHING } from '../platform/read.ts'
import { problemsAmong } from '../request/grants.ts'
import { readScenario, type ScenarioSource } from './read.ts'

const GOOD = `title: A title
requirement: A claim.
source: Somewhere
policy: policies/zerops.yaml
projects:
  shop: { link: shop0, addresses: [10.20.1.10/24, '2001:db8:20:1::10/64'] }
  blog: { link: blog0, addresses: [10.20.2.10/24, '2001:db8:20:2::10/64'] }
sweeps:
  - { from: shop, to: internet }
`

const place: ScenarioSource = {
  id: 's',
  file: 's.yaml',
  resolve: (path) => `/x/${path}`,
  include: () => ({ reason: 'no such file' }),
  platform: () => ({ ok: false, problems: [], known: NOTHING }),
}

function read(yaml: string) {
  return readScenario(yaml, place)
}

function problems(from: string, to: string): string {
  const yaml = GOOD.replace(from, to)
  if (yaml === GOOD) throw new Error(`nothing to change: ${from}`)
  const reading = read(yaml)
  return reading.ok ? '' : reading.problems.map(problemText).join('\n')
}

test('a scenario has its projects, the Internet and all sweeps', () => {
  const reading = read(GOOD)
  expect(reading).toMatchObject({ ok: true })
  if (!reading.ok) return
  const { zones, sweeps, policyFile } = reading.value
  expect(zones.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    'project shop',
    'project blog',
    'internet internet',
  ])
  expect(policyFile).toBe('/x/policies/zerops.yaml')
  expect(sweeps[0]).toMatchObject({
    protocols: ['tcp', 'udp', 'icmp', 'ip'],
    families: [4, 6],
    answer: 'reply',
  })
  expect(sweeps[0]!.ports.size).toBe(65536)
})

describe('a scenario is refused', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'an unknown zone',
      'to: internet',
      'to: internt',
      /^s\.yaml:9:23: unknown zone "internt" — did you mean "internet"\?$/,
    ],
    ['a sweep to itself', 'to: internet', 'to: shop', /goes from one zone to another/],
    [
      'two projects with one address',
      '10.20.2.10/24',
      '10.20.1.10/24',
      /address "10\.20\.1\.10" already belongs to shop/,
    ],
    ['overlapping prefixes', '10.20.2.10/24', '10.20.1.99/16', /overlaps ".*" of shop/],
    [
      "a project on the Internet's link",
      'link: blog0',
      'link: wan0',
      /link "wan0" already belongs to internet/,
    ],
    ['a project called internet', 'blog:', 'internet:', /project "internet": the name is reserved/],
    ['a project called firewall', 'blog:', 'firewall:', /project "firewall": the name is reserved/],
    ['no prefix length', '10.20.1.10/24', '10.20.1.10', /the prefix length is missing/],
    ['no address', '10.20.1.10/24', 'localhost/8', /must be an address with its prefix length/],
    ['a prefix length too long', '10.20.1.10/24', '10.20.1.10/33', /must be 0 to 32/],
    [
      'no room for the firewall',
      '10.20.1.10/24',
      '10.20.1.10/31',
      /no free address for the firewall/,
    ],
    ["the firewall's own address", '10.20.1.10/24', '10.20.1.1/24', /the firewall has it/],
    ['the network itself', '10.20.1.10/24', '10.20.1.0/24', /this is the network address/],
    ['the broadcast address', '10.20.1.10/24', '10.20.1.255/24', /broadcast/],
    [
      'an address used elsewhere',
      '10.20.1.10/24',
      '8.8.8.8/24',
      /not a documentation or private address/,
    ],
    ['two addresses of a family', "'2001:db8:20:1::10/64'", '10.20.3.10/24', /second IPv4 address/],
    ['a link that is not an interface name', 'link: shop0', 'link: "a/b"', /no blank, "\/" or ":"/],
    ['a link that is too long', 'link: shop0', 'link: abcdefghijklmnop', /longer than 15 bytes/],
    ['the loopback', 'link: shop0', 'link: lo', /is the loopback interface/],
    ['a name reserved by Linux', 'link: shop0', 'link: all', /settings of all interfaces/],
    ['a name that is a wildcard in nft', 'link: shop0', 'link: "eth*"', /must not end with/],
    [
      'an unknown protocol',
      'to: internet }',
      'to: internet, protocols: [sctp] }',
      /must be tcp, udp, icmp or ip/,
    ],
    ['wrong ports', 'to: internet }', 'to: internet, ports: 70000 }', /70000 is above 65535/],
    [
      'an unknown spoofed zone',
      'to: internet }',
      'to: internet, as: blg }',
      /unknown zone "blg" — did you mean "blog"/,
    ],
    [
      'an unknown key',
      'title: A title',
      'titel: A title',
      /unknown key "titel" — did you mean "title"/,
    ],
    ['no sweeps', '  - { from: shop, to: internet }', '  []', /sweeps/],
  ])('%s', (_, from, to, message) => {
    expect(problems(from, to)).toMatch(message)
  })

  test('several errors are reported together, in order', () => {
    const yaml = GOOD.replace('to: internet', 'to: nowhere').replace(
      '10.20.2.10/24',
      '10.20.1.10/24',
    )
    const reading = read(yaml)
    expect(reading.ok ? [] : reading.problems.map((p) => p.at.line)).toEqual([7, 9])
  })
})

test('a sweep over a family that its endpoints do not share is refused', () => {
  const yaml = GOOD.replace("10.20.1.10/24, '2001:db8:20:1::10/64'", '10.20.1.10/24')
  const reading = read(yaml)
  expect(reading.ok && reading.value.sweeps[0]!.families).toEqual([4])
  const asked = read(yaml.replace('to: internet }', 'to: internet, families: [ipv6] }'))
  expect(asked.ok ? [] : asked.problems.map((p) => p.message)).toContain(
    'families: an endpoint of this sweep has no IPv6 address',
  )
})

describe('errors of one kind do not hide those of another', () => {
  const told = (yaml: string): string[] => {
    const reading = read(yaml)
    return reading.ok
      ? []
      : reading.problems.map((one) => problemText(one).replace(/ — known.*/, ''))
  }

  test('of structure, projects, sweeps and requests', () => {
    const yaml = GOOD.replace('title: A title', 'titel: A title')
      .replace('10.20.2.10/24', '10.20.1.10/24')
      .replace(
        '  - { from: shop, to: internet }',
        '  - { from: shp, to: internet, ports: [1, x] }\nrevoke: [a]',
      )
    expect(told(yaml)).toEqual([
      's.yaml:1:1: unknown key "titel" — did you mean "title"?',
      's.yaml:7:36: address "10.20.1.10" already belongs to shop',
      's.yaml:9:13: unknown zone "shp" — did you mean "shop"?',
      's.yaml:9:43: ports "x": not a port or a range of ports, like 22 or 1-1024',
      's.yaml:10:10: unknown request "a"',
    ])
  })

  test.each<[string, string, string]>([
    ['a project with an invalid link', 'link: shop0', 'link: [shop0]'],
    [
      'a project without addresses',
      "addresses: [10.20.1.10/24, '2001:db8:20:1::10/64'] }\n  blog",
      '} \n  blog',
    ],
    ['a project with a name of a wrong form', '  shop:', '  Shop_1:'],
    ['projects under a mistyped key', 'projects:', 'project:'],
    ['projects as a list', /projects:[\s\S]*(?=sweeps)/.exec(GOOD)![0], 'projects: [shop, blog]\n'],
  ])('is invalid, and not also reported as unknown: %s', (_, from, to) => {
    const yaml = GOOD.replace(from, to).replace(
      'from: shop',
      to.includes('Shop_1') ? 'from: Shop_1' : 'from: shop',
    )
    expect(told(yaml)).toHaveLength(1)
  })
})

test('projects of requests are checked although the requests have other errors', () => {
  const lines = [
    { request: 'r1', project: 'shp', organization: 'o', prts: {} },
    { request: 'r1', project: 'shop', organization: 'p' },
  ]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  const reading = readScenario(`${GOOD}requests: [r.jsonl]\nrevoke: [r1, r2]\n`, {
    ...place,
    include: () => [{ file: 'r.jsonl', text }],
  })
  const { organizations, requests } = reading.known
  expect(problemsAmong(requests, organizations).map(problemText)).toEqual([
    'r.jsonl:1:1: project "shp" is unknown — did you mean "shop"?',
    'r.jsonl:2:1: request "r1" is already defined in r.jsonl:1',
    expect.stringMatching(/^r\.jsonl:2:1: organization "p": project "shop" has no organization/),
  ])
  const own = reading.ok ? [] : reading.problems.filter(({ at }) => at.file === 's.yaml')
  expect(own.map(problemText)).toEqual([
    expect.stringMatching(/^s\.yaml:11:14: unknown request "r2" — did you mean "r1"/),
  ])
})
