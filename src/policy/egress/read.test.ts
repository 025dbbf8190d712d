import { readFileSync } from 'node:fs'
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { problemText } from '../../input/problem.ts'
import { valueAt } from '../../net/range-map.ts'
import { decide } from '../decide.ts'
import { OUTBOUND } from '../statements.ts'
import { linesOf } from './policy.ts'
import { readPolicy, readWritten } from './read.ts'

const ZEROPS = new URL('../../../scenarios/policies/zerops.yaml', import.meta.url)
const text = readFileSync(ZEROPS, 'utf8')

function problems(yaml: string): string[] {
  const reading = readPolicy(yaml, 'p.yaml')
  return reading.ok ? [] : reading.problems.map(problemText)
}

function policy(yaml = text) {
  const reading = readPolicy(yaml, 'p.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(problemText).join('\n'))
  return reading
}

/** The shipped policy with one thing changed. */
const changed = (from: string | RegExp, to: string): string => {
  const result = text.replace(from, to)
  if (result === text) throw new Error(`nothing to change: ${from}`)
  return result
}

describe('the Zerops policy says what the Zerops documentation says', () => {
  const { value } = policy()
  const reading = readWritten(text, 'p.yaml')
  if (!reading.ok) throw new Error('the shipped policy has errors')
  const { value: written } = reading
  const open = (protocol: 'tcp' | 'udp', n: number): boolean =>
    valueAt(decide(value, { ...OUTBOUND, family: 4, protocol }), n)?.verdict === 'open'

  test.each(['tcp', 'udp'] as const)('%s: 22, 53, 80, 123 and 443 are open', (protocol) => {
    const ports = [22, 53, 80, 123, 443]
    expect(ports.filter((p) => open(protocol, p))).toEqual(ports)
  })

  test('TCP: only these five of 1–1024 are open, and all ports above', () => {
    const others = Array.from({ length: 65536 }, (_, p) => p).filter((p) => open('tcp', p))
    expect(others.filter((p) => p <= 1024)).toEqual([22, 53, 80, 123, 443])
    expect(others.filter((p) => p > 1024)).toHaveLength(65535 - 1024)
  })

  test('UDP: only these five are open', () => {
    const others = Array.from({ length: 65536 }, (_, p) => p).filter((p) => open('udp', p))
    expect(others).toEqual([22, 53, 80, 123, 443])
  })

  test('every line names its source, or its reason where the page is silent', () => {
    const { tcp, udp, icmp, protocols, inbound } = written
    for (const section of [tcp, udp, icmp, protocols, inbound])
      for (const line of [...linesOf(section), section.otherwise])
        expect({ label: line.label, why: line.source ?? line.reason }).toEqual({
          label: line.label,
          why: expect.stringMatching(/\w{4}/),
        })
    const services = ['SSH', 'DNS', 'HTTP', 'NTP', 'HTTPS']
    for (const { allow } of [tcp, udp])
      expect(allow.map(({ service }) => service)).toEqual(services)
  })

  test('lines have their positions', () => {
    const ssh = written.tcp.allow[0]!
    expect(ssh.label).toBe('allow SSH')
    expect(text.split('\n')[ssh.at.line - 1]).toContain('service: SSH')
  })
})

describe('errors have the position, the value and what is allowed', () => {
  test.each<[string, string, RegExp]>([
    [
      'a port above 65535',
      changed('ports: 22,', 'ports: 70000,'),
      /^p\.yaml:10:16: ports "70000": 70000 is above 65535$/m,
    ],
    ['a negative port', changed('ports: 22,', 'ports: -1,'), /-1 is below 0/],
    [
      'a range from high to low',
      changed('ports: 22,', 'ports: "80-22",'),
      /ends \(22\) before it starts \(80\)/,
    ],
    ['a name for a port', changed('ports: 22,', 'ports: http,'), /not a port or a range of ports/],
    ['a fraction as a port', changed('ports: 22,', 'ports: 1.5,'), /not a whole number/],
    ['an empty port', changed('ports: 22,', 'ports: null,'), /must be a port from 0 to 65535/],
    ['an empty list of ports', changed('ports: 22,', 'ports: [],'), /must be a port/],
    [
      'a list with a wrong port',
      changed('ports: 22,', 'ports: [22, 99999],'),
      /99999 is above 65535/,
    ],
    [
      'an unknown key',
      changed('  otherwise: allow', '  othrwise: allow'),
      /^p\.yaml:18:3: unknown key "othrwise" in tcp — did you mean "otherwise"\?$/m,
    ],
    ['an unknown top-level key', `${text}\ntpc: {}\n`, /unknown key "tpc" — did you mean "tcp"\?/],
    [
      'an unknown protocol',
      changed(
        '  otherwise: deny\n  reason: "The page names',
        '  allow: [{ protocols: grr }]\n  otherwise: deny\n  reason: "The page names',
      ),
      /unknown IP protocol — did you mean "gre"\?/,
    ],
    [
      'a protocol with a section of its own',
      changed(
        '  otherwise: deny\n  reason: "The page names',
        '  allow: [{ protocols: tcp }]\n  otherwise: deny\n  reason: "The page names',
      ),
      /tcp has its own section: move it there/,
    ],
    [
      'an unknown ICMP type',
      changed('types: echo-request', 'types: echo-reqest'),
      /unknown ICMP type — did you mean "echo-request"\?/,
    ],
    [
      'an unknown treatment',
      changed('  otherwise: allow', '  otherwise: permit'),
      /otherwise "permit": must be allow, deny or restrict/,
    ],
    [
      'an unknown way to block',
      changed('blocked: drop', 'blocked: ignore'),
      /blocked "ignore": must be drop or reject/,
    ],
    ['a missing section', changed(/icmp:\n[\s\S]*?\n\nprotocols/, 'protocols'), /icmp is missing/],
    [
      'an invalid id',
      changed('policy: zerops', 'policy: Zer ops'),
      /policy "Zer ops": must begin with a letter/,
    ],
    [
      'a key twice',
      changed('blocked: drop', 'blocked: drop\nblocked: reject'),
      /p\.yaml:7:1: duplicate key "blocked"/,
    ],
    ['invalid YAML', changed('allow:', 'allow: ['), /p\.yaml:\d+:\d+: /],
  ])('%s', (_, yaml, message) => {
    expect(problems(yaml).join('\n')).toMatch(message)
  })

  test.each<[string, string, RegExp]>([
    ['an empty file', '', /p\.yaml:1:1: the file is empty/],
    ['only comments', '# nothing\n', /must be a map|is missing/],
    ['a list', '- 1\n', /must be a map of keys and values/],
    ['a scalar', 'hello\n', /must be a map of keys and values/],
    ['binary', '\u0000\u0001\u0002ELF', /not a text file: it contains /],
    ['two documents', `${text}\n---\n${text}`, /multiple documents|document/i],
    ['nested flow', `a: ${'['.repeat(100_000)}`, /nested too deep: the limit is 64/],
    [
      'nested blocks',
      Array.from({ length: 500 }, (_, i) => `${' '.repeat(i * 2)}a:`).join('\n'),
      /nested too deep: the limit is 64/,
    ],
    ['nested dashes', `${'- '.repeat(10_000)}1`, /nested too deep: the limit is 64/],
    ['50 million characters', 'a: b\n'.repeat(10_000_000), /the limit is 1048576/],
    ['exponential aliases', bomb(), /alias/i],
  ])('%s', (_, yaml, message) => {
    expect(problems(yaml).join('\n')).toMatch(message)
  })

  test('all errors of a file are reported together, in order of position', () => {
    const twice = changed('ports: 22,', 'ports: 70000,')
      .replace('ports: 443,', 'ports: -1,')
      .replace('direction: egress', 'direction: up')
    const found = problems(twice)
    expect(found).toHaveLength(3)
    expect(found.map((p) => Number(/:(\d+):/.exec(p)![1]))).toEqual([5, 10, 14])
  })
})

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  return lines.join('\n')
}

describe('line endings and byte order marks do not matter', () => {
  test.each([
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${text}`],
  ])('%s', (_, yaml) => {
    expect(policy(yaml).value).toEqual(policy().value)
  })
})

describe('warnings', () => {
  const warnings = (yaml: string): string[] => policy(yaml).warnings.map((w) => w.message)

  test.each<[string, string, RegExp]>([
    ['an overlap', changed('ports: 1-1024,', 'ports: 0-1024,'), /overlaps in 0 with/],
    [
      'a duplicate',
      changed('ports: 53, service: DNS', 'ports: 22, service: DNS'),
      /"allow DNS" is a duplicate of "allow SSH"/,
    ],
    [
      'a default that an allow line overrides',
      changed('ports: 0, unless', 'ports: 22, unless'),
      /denies nothing: all of it is allowed/,
    ],
    [
      'an allow line that a deny line overrides',
      changed('ports: 0, unless: allowed, reason', 'ports: 22, reason'),
      /"allow SSH" decides nothing: line 17 denies all of it/,
    ],
  ])('%s', (_, yaml, message) => {
    expect(warnings(yaml).join('\n')).toMatch(message)
  })

  test('an unreachable otherwise', () => {
    expect(warnings(text)).toEqual([])
    const covered = changed('  # Only port 0 is left.\n', '    - { ports: 0, unless: allowed }\n')
    expect(warnings(covered)).toEqual([expect.stringMatching(/"otherwise deny" is never reached/)])
  })
})

test('the published schema accepts the shipped policies and refuses what the reader refuses', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../../schemas/policy.schema.json', import.meta.url), 'utf8'),
  )
  const validate = new Ajv({ strict: false }).compile(schema)
  expect(validate(parse(text))).toBe(true)
  expect(validate(parse(changed('ports: 22,', 'ports: 70000,')))).toBe(false)
  expect(validate(parse(changed('  otherwise: allow', '  othrwise: allow')))).toBe(false)
})
