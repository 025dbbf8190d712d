import { describe, expect, test } from 'vitest'
import { probed, row } from '../changed-rules/fixtures.ts'
import { holdAgainst, unprobed } from './declared.ts'
import { readDelta } from './delta.ts'

function delta(...changes: string[]) {
  const text = `changes:\n${changes.map((line) => `  - ${line}\n`).join('')}`
  const reading = readDelta(changes.length > 0 ? text : 'changes: []\n', 'delta.yaml')
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.value
}

const V6 = { family: 6, packet: { source: 'fd00::10', target: 'fd00::1' } } as const
const ODD = {
  ordinary: false,
  combination: 'source',
  packet: { source: '10.1.0.1', target: '203.0.113.1' },
}

describe('a declared change', () => {
  test('passes, and changes beyond it do not', () => {
    const { tables, missing } = holdAgainst(delta('{ from: wan, opened: "tcp/80,8080" }'), [
      probed([row(79, 81), row(8080, 8080)]),
      probed([row(80, 80), row(8080, 8080)], V6),
    ])
    expect(tables[0]!.changes).toMatchObject([
      { from: 79, to: 79, declared: false },
      { from: 80, to: 80, declared: true },
      { from: 81, to: 81, declared: false },
      { from: 8080, to: 8080, declared: true },
    ])
    expect(missing).toEqual([])
  })

  test.each([
    ['another kind', '{ from: wan, closed: tcp/80 }'],
    ['another protocol', '{ from: wan, opened: udp/80 }'],
    ['another zone', '{ from: lan, opened: tcp/80 }'],
    ['another family', '{ from: wan, opened: tcp/80, families: [ipv6] }'],
    ['another source', '{ from: wan, opened: tcp/80, source: 10.0.0.0/8 }'],
    ['another target', '{ from: wan, opened: tcp/80, target: 203.0.113.2 }'],
    ['nothing'],
  ])('does not cover a change of %s', (_, ...entries) => {
    const { tables } = holdAgainst(delta(...entries), [probed([row(80, 80)])])
    expect(tables[0]!.changes).toMatchObject([{ declared: false }])
  })

  test('that opens ports covers spoofed sources, whose answers go elsewhere', () => {
    const oneWay = { ...row(80, 80, 'one-way'), after: { kind: 'one-way' } as const }
    const entry = delta('{ from: wan, opened: tcp/80 }')
    const { tables } = holdAgainst(entry, [probed([oneWay], ODD), probed([oneWay])])
    expect(tables.map(({ changes }) => changes[0]!.declared)).toEqual([true, false])
  })

  test('keeps evidence with its part of the ports', () => {
    const walk = { probe: 'TCP SYN', steps: [] }
    const evidence = { number: 80, before: walk, after: walk }
    const { tables } = holdAgainst(delta('{ opened: tcp/81 }'), [
      probed([{ ...row(80, 81), evidence }]),
    ])
    expect(tables[0]!.changes.map((change) => change.evidence?.number)).toEqual([80, undefined])
  })
})

describe('a missing change', () => {
  test('is reported for each named family and zone', () => {
    const { missing } = holdAgainst(delta('{ from: wan, to: firewall, opened: tcp/80-82 }'), [
      probed([row(80, 80)]),
      probed([row(80, 82)], V6),
    ])
    expect(missing).toMatchObject([
      { numbers: { from: 81, to: 82 }, kind: 'opened', from: 'wan', family: 4, at: { line: 2 } },
    ])
  })

  test('needs any path without zones, and every combination within a source', () => {
    const tables = [probed([row(80, 80)]), probed([], { from: 'lan' }), probed([], ODD)]
    expect(holdAgainst(delta('{ opened: tcp/80 }'), tables).missing).toEqual([])
    const particular = delta('{ from: wan, to: firewall, opened: tcp/80, source: 10.0.0.0/8 }')
    expect(holdAgainst(particular, tables).missing).toHaveLength(1)
  })

  test('is reported for ports that were not probed', () => {
    const tables = [probed([])]
    expect(unprobed(delta('{ from: moon, opened: tcp/80 }'), tables)).toHaveLength(1)
    expect(unprobed(delta('{ from: wan, opened: tcp/80 }'), tables)).toEqual([])
    expect(unprobed(delta('{ opened: icmp/8 }'), tables)).toHaveLength(1)
  })
})

test.each([
  ['changes: [{ from: wan }]', /must name a change/],
  ['changes: [{ opened: tcp/70000 }]', /delta.yaml:1:21: opened "70000": 70000 is above 65535/],
  ['changes: [{ opened: icmp/8-300 }]', /256-300 is above 255, the last number/],
  ['changes: [{ opened: sctp/80 }]', /must be like tcp\/8080/],
  ['changes: [{ opened: tcp, source: 10.0.0.1/8 }]', /has host bits after the prefix/],
  ['changes: [{ open: tcp }]', /unknown key "open".*opened/s],
  ['change: []', /unknown key "change".*changes/s],
])('%s is refused', (text, message) => {
  const reading = readDelta(text, 'delta.yaml')
  if (reading.ok) throw new Error('it was read')
  const said = reading.problems.map(
    ({ at, message }) => `${at.file}:${at.line}:${at.column}: ${message}`,
  )
  expect(said.join('\n')).toMatch(message)
})
