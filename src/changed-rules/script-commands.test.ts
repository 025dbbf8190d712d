import { expect, test } from 'vitest'
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
