import { describe, expect, test } from 'vitest'
import { commandsOf } from './script-commands.ts'

const keys = (...lines: string[]): string[] =>
  commandsOf({
    ...{ kind: 'script', file: 'x.sh', text: lines.join('\n') },
    stretches: [{ from: 1, file: 'x.sh', line: 1 }],
  }).map(({ key, at }) => `${at.line} ${key}`)

test.each([
  'modprobe nf_nat_sip',
  'test -d /x && modprobe nf_nat_sip || :',
  'if true; then /sbin/modprobe nf_nat_sip; fi',
  'sh -c "modprobe nf_nat_sip"',
  'OUT=$(conntrack -F 2>&1)',
  'sleep 1; bridge vlan add dev lan0 vid 9',
  'sudo ethtool -K lan0 gro off',
  'ip -4 xfrm state flush',
  'ip x p add dir in action block',
])('a command anywhere in its line: %s', (line) => {
  expect(keys(line)).toEqual([`1 ${line}`])
})

test.each([
  '# modprobe nf_nat_sip',
  'iptables -A INPUT -m conntrack --ctstate NEW -j DROP',
  'iptables -A INPUT -p tcp --dport 22 \\\n-m conntrack --ctstate NEW -j ACCEPT',
  'ip link add br0 type bridge',
  'iptables -A INPUT -i bridge -j DROP && true',
  'ipset add guests 192.0.2.9',
])('no such command: %s', (line) => {
  expect(keys(line)).toEqual([])
})

test('variables are replaced by their values', () => {
  const load = ['M=/sbin/modprobe', '$M nf_nat_sip']
  expect(keys(...load)).toContain('2 /sbin/modprobe nf_nat_sip')
  expect(keys('LIST="a b"', 'for one in $LIST; do', 'modprobe $one', 'done')).toContain(
    '3 modprobe a b',
  )
  expect(keys('C=$(command -v conntrack)', '$C -F')).toEqual(['2 conntrack -F'])
})

test('a continued line is one command', () => {
  expect(keys('ip xfrm policy add \\', 'dir in action block')).toEqual([
    '1 ip xfrm policy add dir in action block',
  ])
})

test('timeouts of elements are compared by their text', () => {
  const key = '1 ipset add guests 192.0.2.9 timeout 0'
  expect(keys('ipset -exist add guests 192.0.2.9 timeout 0')).toEqual([key])
  expect(keys('add guests 192.0.2.9 timeout 0')).toEqual([key])
})

test('values of values do not grow without end; such a line counts as a command', () => {
  const names = Array.from({ length: 60 }, (_, i) => `V${i}`)
  const doubled = names.slice(1).map((name, i) => `${name}=$V${i}$V${i}`)
  const found = keys('V0=abcdefgh', ...doubled, '$V59')
  expect(found[0]).toMatch(/^\d+ V\d+=\$V\d+\$V\d+$/)
})

test('a line of a hundred thousand words takes no time', () => {
  const line = 'ipset '.repeat(100_000)
  expect(keys(line)).toEqual([`1 ${line.trim()}`])
})

describe('commands whose words stand elsewhere', () => {
  const other = (old: readonly string[], young: readonly string[]): string[] => {
    const known = new Set(keys(...old).map((key) => key.replace(/^\d+ /, '')))
    return keys(...young)
      .filter((key) => !known.has(key.replace(/^\d+ /, '')))
      .map((key) => key.split('\n')[0]!)
  }
  const LOAD = ['load() {', '  modprobe "$1"', '}']
  const LOOP = ['while read -r one; do', 'modprobe $one', 'done <<END']

  test.each<[string, string[], string[], string[]]>([
    ['an argument', [...LOAD, 'load a'], [...LOAD, 'load b'], ['2 modprobe "$1"']],
    [
      'an argument of a caller',
      [...LOAD, 'both() {', 'load $1', '}', 'both a'],
      [...LOAD, 'both() {', 'load $1', '}', 'both b'],
      ['2 modprobe "$1"'],
    ],
    ['lines that a loop reads', [...LOOP, 'a', 'END'], [...LOOP, 'b', 'END'], ['2 modprobe $one']],
    [
      'a list that a loop takes',
      ['for i in a; do tc $i; done'],
      ['for i in b; do tc $i; done'],
      ['1 for i in b; do tc $i; done'],
    ],
    ['eval', ['eval "mod""probe a"'], ['eval "mod""probe b"'], ['1 eval "mod""probe b"']],
    [
      'a shaper',
      ['tc qdisc add dev a root prio'],
      ['tc qdisc add dev a root sfq'],
      ['1 tc qdisc add dev a root sfq'],
    ],
  ])('%s', (_, old, young, expected) => {
    expect(other(old, young)).toEqual(expected)
    expect(other(old, old)).toEqual([])
  })

  test.each<[string, string[], string[]]>([
    ['a call of another function', [...LOAD, 'load a'], [...LOAD, 'load a', 'allow 80']],
    [
      'a rule behind a loop',
      [...LOOP, 'a', 'END'],
      [...LOOP, 'a', 'END', 'iptables -F', 'echo done'],
    ],
    ['rules that are evaluated', ['eval "iptables -A $a"'], ['eval "iptables -A $b"']],
  ])('not of interest: %s', (_, old, young) => {
    expect(other(old, young)).toEqual([])
  })

  test('files that a script reads stand in their place', () => {
    const text = ['. ./lib.sh', 'load'].join('\n')
    const part = (lib: string) =>
      commandsOf({
        ...{ kind: 'script', file: 'x.sh', text },
        stretches: [{ from: 1, file: 'x.sh', line: 1 }],
        sourced: [{ word: './lib.sh', text: `load() { modprobe ${lib}; }` }],
      }).map(({ key, at }) => `${at.line} ${key}`)
    expect(part('a')).toEqual(['1 . ./lib.sh', '1 load() { modprobe a; }'])
  })
})
