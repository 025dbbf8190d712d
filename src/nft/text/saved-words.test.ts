/** Claim: lines of iptables-save are taken apart as iptables-restore does it, and options that run a program are found. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileText } from '../../../tools/testing/hostile.ts'
import { runsProgram, savedFaults, savedWords } from './saved-words.ts'

test.each<[string, string[]]>([
  ['-A INPUT -p tcp', ['-A', 'INPUT', '-p', 'tcp']],
  ['  a\t b ', ['a', 'b']],
  ['--comment "two words" -j DROP', ['--comment', 'two words', '-j', 'DROP']],
  ['"a\\"b" "c\\\\d"', ['a"b', 'c\\d']],
  ['a\\ b', ['a\\', 'b']],
  ['a"b c"d', ['ab c', 'd']],
  ['""', []],
  ['"not ended', ['not ended']],
])('%s', (line, words) => {
  expect(savedWords(line).map(({ text }) => text)).toEqual(words)
})

test('columns are those of the first characters', () => {
  expect(savedWords('-A  "x y"')).toEqual([
    { text: '-A', column: 1 },
    { text: 'x y', column: 6 },
  ])
})

test.each([
  ['-A INPUT --modprobe=/tmp/x -j DROP', 10, '--modprobe'],
  ['-A INPUT --modprobe /tmp/x', 10, '--modprobe'],
  ['-A INPUT --mo=/tmp/x', 10, '--mo'],
  ['-A INPUT --modpr /tmp/x', 10, '--modpr'],
  ['-A INPUT "--modprobe=/tmp/x"', 11, '--modprobe'],
  ['-A INPUT --modp"robe=/tmp/x"', 10, '--modprobe'],
  ['[1:2] -A INPUT -M /tmp/x', 16, '-M'],
  ['-A INPUT -M/tmp/x', 10, '-M/tmp/x'],
  ['-A INPUT -vnM /tmp/x', 10, '-vnM'],
  ['\t-A INPUT\t-4M/tmp/x', 11, '-4M/tmp/x'],
])('%s is refused', (line, column, option) => {
  const faults = savedFaults(`*filter\n${line}\nCOMMIT\n`)
  expect(faults).toEqual([
    { line: 2, column, message: expect.stringContaining(`option ${option}: `) },
  ])
})

test.each([
  '-A INPUT -m comment --comment "use --modprobe=x or -M" -j DROP',
  '-A INPUT -m mark --mark 0x1 -j MARK --set-mark 0x2',
  '-A INPUT -p tcp -m multiport --dports 1,2 -j ACCEPT',
  '-A PREROUTING -jMARK -i eth0',
  '# --modprobe=/tmp/x',
  ':M-chain - [0:0]',
])('%s is accepted', (line) => {
  expect(savedFaults(line)).toEqual([])
})

test('a line that iptables-restore reads as two is refused', () => {
  const hidden = `# ${' '.repeat(10_237)}-A INPUT -M /tmp/x`
  expect(savedFaults(hidden)).toEqual([
    { line: 1, column: 1, message: expect.stringMatching(/^a line of more than 10,239 bytes/) },
  ])
  expect(savedFaults(`# ${'é'.repeat(5118)}`)).toEqual([])
  expect(savedFaults(`# ${'é'.repeat(5119)}`)).toHaveLength(1)
})

test('the option is found in random surroundings', () => {
  fc.assert(
    fc.property(hostileText(), hostileText(), (a, b) => {
      const [before, after] = [a, b].map((text) => text.replaceAll(/[\n"\\]/g, '').slice(0, 1000))
      const line = `-A INPUT ${before} --modprobe=/tmp/x ${after}`
      expect(savedFaults(line)).toHaveLength(1)
      expect(savedWords(line).some(({ text }) => runsProgram(text))).toBe(true)
    }),
  )
})
