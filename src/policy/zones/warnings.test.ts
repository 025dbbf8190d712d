import { expect, test } from 'vitest'
import { OFFICE } from './fixtures.ts'
import { readZonePolicy } from './read.ts'

function warnings(...more: readonly string[]): string[] {
  const reading = readZonePolicy(`${OFFICE}${more.map((one) => `  - ${one}\n`).join('')}`, 'o.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.warnings.map(({ at, message }) => `${at.line}: ${message}`)
}

test.each<[string, string, string[]]>([
  [
    'a repeated statement',
    '{ from: wan, to: web, allow: tcp/80 }',
    ['13: "allow tcp/80" adds nothing: line 9 already says this'],
  ],
  [
    'a statement inside another',
    '{ from: admin, to: wan, allow: udp/53 }',
    ['13: "allow udp/53" adds nothing: line 11 already says this'],
  ],
  [
    'a statement made redundant by a wider one',
    '{ from: lan, to: web, allow: tcp/22 }',
    ['10: "allow tcp/22" adds nothing: line 13 already says this'],
  ],
  [
    'a wholly denied allow',
    '{ from: lan, to: wan, allow: tcp/25 }',
    ['13: "allow tcp/25" allows nothing: line 12 denies all of it'],
  ],
  ['an allow partly denied by a wider statement', '{ from: dmz, to: wan, allow: tcp/20-30 }', []],
  ['an exception', '{ from: lan, to: wan, deny: udp/137-139 }', []],
  [
    'denied twice',
    '{ from: admin, to: wan, deny: tcp/25 }',
    ['13: "deny tcp/25" adds nothing: line 12 says so already'],
  ],
  [
    'a default that an allow overrides wholly',
    '{ from: lan, to: wan, deny: udp/53, unless: allowed }',
    ['13: "deny udp/53" denies nothing: line 11 allows all of it'],
  ],
  [
    'a default for a range',
    '{ from: dmz, to: wan, deny: tcp/25, unless: allowed, by: reject }',
    [],
  ],
  ['the other family', '{ from: wan, to: web, allow: icmp/echo-request, families: [ipv6] }', []],
])('%s', (_, statement, expected) => {
  expect(warnings(statement)).toEqual(expected)
})

test('a partial contradiction is reported at the statement that loses', () => {
  const said = warnings(
    '{ from: dmz, to: wan, allow: tcp/20-30 }',
    '{ from: any, to: wan, deny: tcp/25-40 }',
  )
  expect(said).toContain(
    '13: "allow tcp/20–30" contradicts "deny tcp/25–40" in line 14 in a part of it, which is denied',
  )
})

test('unused zones and hosts are reported with their positions', () => {
  const yaml = OFFICE.replace('zones: [wan, lan, dmz]', 'zones: [wan, lan, dmz, guest]').replace(
    'hosts:\n',
    'hosts:\n  db: { zone: dmz, addresses: [192.0.2.81] }\n',
  )
  const reading = readZonePolicy(yaml, 'o.yaml')
  expect(
    reading.ok && reading.warnings.map(({ at, message }) => [at.line, at.column, message]),
  ).toEqual([
    [3, 24, 'zone "guest" is in no statement: only "otherwise" applies to it'],
    [5, 3, 'host "db" is in no statement: it has no effect'],
  ])
})

test('an allow is redundant when the default is open', () => {
  const reading = readZonePolicy(OFFICE.replace('otherwise: drop', 'otherwise: allow'), 'o.yaml')
  expect(
    reading.ok &&
      reading.warnings.filter(({ message }) => /otherwise already allows everything/.test(message)),
  ).toHaveLength(3)
})
