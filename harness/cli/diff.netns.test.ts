/** `nftproof diff` and `nftproof explain` from outside. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { diffSchema } from '../../src/result/diff-schema.ts'
import { explainSchema } from '../../src/result/explain-schema.ts'
import { nftproof } from '../../tools/testing/command.ts'

const OLD = `table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    tcp dport { 22, 80 } accept
    icmp type echo-request limit rate 5/day accept
  }
}
`
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-diff-'))
  write('old.nft', OLD)
  write('new.nft', OLD.replace('22, 80', '22, 80, 8080'))
  write('opened.yaml', 'changes: [{ from: [outside, inside], to: firewall, opened: tcp/8080 }]\n')
  write('other.yaml', 'changes: [{ from: [outside, inside], to: firewall, opened: tcp/8081 }]\n')
  write('broken.nft', OLD.replace('22, 80', '99999'))
  write('newer.nft', 'destroy table inet filter\n')
  write(
    'rules.v4',
    '*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const run = (...args: string[]) => nftproof(args, { cwd: folder })
const QUICK = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--to', 'firewall'] as const

describe('diff', () => {
  test('the added zone behind an unnamed interface is printed', () => {
    write('named.nft', OLD.replace('tcp dport', 'iifname "lan0" tcp dport'))
    const { code, err } = run('diff', 'named.nft', 'named.nft', ...QUICK)
    expect(err).toContain('zone other is added behind an interface that no rule names')
    expect(code).toBe(0)
    const explained = run('explain', 'named.nft', 'other', 'firewall', 'tcp/22')
    expect(explained.err).toContain('zone other is added')
  })

  test.each<[string, string[], number, RegExp]>([
    ['a ruleset compared with itself', ['old.nft', 'old.nft'], 0, /✔ no difference: 2 paths/],
    [
      'one more open port',
      ['old.nft', 'new.nft'],
      1,
      /8080 opened: dropped → open[\s\S]*policy drop[\s\S]*\(new\.nft:5\)[\s\S]*✘ 2 changes/,
    ],
    [
      'a change as declared',
      ['old.nft', 'new.nft', '--expect', 'opened.yaml'],
      0,
      /✔ exactly what opened\.yaml declares/,
    ],
    [
      'a change other than declared',
      ['old.nft', 'new.nft', '--expect', 'other.yaml'],
      1,
      /8081 over IPv4: declared as opened[\s\S]*✘ not what other\.yaml declares/,
    ],
    ['a ruleset and its listing by nft', ['old.nft', '--optimized'], 0, /✔ no difference/],
    [
      'a ruleset and its translation to iptables',
      ['rules.v4', '--translated'],
      0,
      /✔ no difference/,
    ],
  ])('%s', (_, args, code, said) => {
    const ended = run('diff', ...args, ...QUICK)
    expect({
      code: ended.code,
      err: ended.err.replace(/^.*through each firewall\n/, ''),
    }).toEqual({ code, err: '' })
    expect(ended.out).toMatch(said)
    for (const line of ended.out.split('\n').filter((one) => !one.includes('nftproof diff')))
      expect([...line].length).toBeLessThanOrEqual(80)
  })

  test.each<[string, string[], number, RegExp]>([
    ['a syntax error', ['old.nft', 'broken.nft'], 2, /broken\.nft:5:17/],
    ['syntax of a newer nft', ['old.nft', 'newer.nft'], 3, /needs nft 1\.0\.7/],
    ['a missing second firewall', ['old.nft'], 2, /the second firewall is missing/],
    ['a missing file', ['old.nft', 'none.nft'], 2, /none\.nft/],
    [
      'an unknown zone',
      ['old.nft', 'new.nft', '--from', 'moon'],
      2,
      /"moon" is not a zone of the lab: outside, inside, firewall/,
    ],
  ])('%s: exit code and message', (_, args, code, said) => {
    const ended = run('diff', ...args, ...QUICK)
    expect(ended.code).toBe(code)
    expect(ended.err).toMatch(said)
  })

  test('JSON output has the traces of both rulesets', () => {
    const { out } = run('diff', 'old.nft', 'new.nft', ...QUICK, '--reporter', 'json')
    const result = diffSchema.parse(JSON.parse(out))
    expect(result).toMatchObject({
      format: 'nftproof-diff',
      status: 'different',
      interrupted: false,
    })
    const change = result.tables[0]!.changes[0]!
    expect(change).toMatchObject({
      from: 8080,
      to: 8080,
      kind: 'opened',
      replay: expect.stringContaining('--ports 8080'),
    })
    expect(change.evidence!.after.steps.at(-1)).toMatchObject({
      hook: 'input',
      at: { file: 'new.nft', line: 5 },
    })
  })
})

test('the Markdown report goes to the named file and to the GitHub step summary', () => {
  const summary = join(folder, 'summary.md')
  const args = ['diff', 'old.nft', 'new.nft', ...QUICK, '--reporter', 'markdown']
  const { out, code } = nftproof(args, { cwd: folder, env: { GITHUB_STEP_SUMMARY: summary } })
  expect(code).toBe(1)
  expect(out).toMatch(
    /^## nftproof diff: ✘ 2 changes\n\n`old\.nft` → `new\.nft`\n[\s\S]*\| ✘ \| outside → firewall TCP \| 8080 \| opened \| dropped → open \| IPv4 .*\| filter input: .* \(new\.nft:5\) \|\n/,
  )
  expect(readFileSync(summary, 'utf8')).toBe(out)
  const nowhere = { GITHUB_STEP_SUMMARY: join(folder, 'none/summary.md') }
  const unwritten = nftproof(['diff', 'old.nft', 'old.nft', ...QUICK], {
    cwd: folder,
    env: nowhere,
  })
  expect(unwritten).toMatchObject({ code: 3, err: expect.stringMatching(/could not be written/) })
})

describe('explain', () => {
  test.each<[string, string[], RegExp]>([
    [
      'an open port',
      ['outside', 'firewall', 'tcp/22'],
      /input: inet filter input\n\s+tcp dport \{ 22, 80 \} accept ⇒ accept \(old\.nft:5\)[\s\S]*⇒ open/,
    ],
    [
      'a blocked port',
      ['outside', 'firewall', 'udp/53', '--family', 'ipv6'],
      /end of chain ⇒ policy drop[\s\S]*⇒ dropped/,
    ],
    [
      'a TCP segment other than SYN',
      ['outside', 'firewall', 'tcp/22', '--flags', 'ack', '--source', '198.51.100.9'],
      /198\.51\.100\.9[\s\S]*⇒ open/,
    ],
    ['a packet that the firewall sends', ['firewall', 'outside', 'tcp/443'], /⇒ open/],
  ])('%s', (_, args, said) => {
    const { code, out, err } = run('explain', 'old.nft', ...args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(said)
  })

  test('an ICMP echo by name, whose limit is used up: exit 3', () => {
    const { code, out } = run('explain', 'old.nft', 'outside', 'firewall', 'icmp/echo-request')
    expect(out).toMatch(/icmp type echo-request limit .*\(old\.nft:6\)[\s\S]*⇒ unsteady/)
    expect(code).toBe(3)
  })

  test('as JSON', () => {
    const { out } = run('explain', 'old.nft', 'outside', 'firewall', 'TCP/22', '--reporter', 'json')
    const { walk, observation } = explainSchema.parse(JSON.parse(out))
    expect(walk.steps.at(-1)).toMatchObject({ verdict: 'accept', at: { line: 5 } })
    expect(observation.outcome).toEqual({ kind: 'open' })
  })

  test.each<[string[], RegExp]>([
    [['outside', 'moon', 'tcp/22'], /"moon" is not a zone of the lab/],
    [['outside', '192.0.2.7', 'tcp/22'], /a zone here, and --destination 192\.0\.2\.7$/m],
    [['2001:db8::7', 'firewall', 'tcp/22'], /a zone here, and --source 2001:db8::7$/m],
    [['outside', 'firewall', 'tcp/http'], /is not a packet/],
    [['outside', 'firewall', 'udp/1', '--flags', 'syn'], /--flags needs a TCP packet/],
    [
      ['outside', 'firewall', 'tcp/1', '--source', 'fd00::1', '--destination', '192.0.2.1'],
      /must be of the same address family/,
    ],
    [
      ['outside', 'firewall', 'tcp/1', '--source', '10.0.0.0/8'],
      /is a prefix: name a single address/,
    ],
  ])('%j is refused', (args, said) => {
    const { code, err } = run('explain', 'old.nft', ...args)
    expect(code).toBe(2)
    expect(err).toMatch(said)
  })

  test('a feature that this kernel may lack is reported for the rule that uses it, not for its table', () => {
    write('queue.nft', OLD.replace('tcp dport { 22, 80 } accept', 'tcp dport 23 queue num 1'))
    const { code, err } = run('explain', 'queue.nft', 'outside', 'firewall', 'tcp/22')
    // With a kernel that has it, the packet is one that the policy drops.
    if (code !== 0) expect([code, err]).toEqual([3, expect.stringMatching(LACKS_QUEUE)])
  })
})

const LACKS_QUEUE = /queue\.nft:5:\d+-\d+:[\s\S]*kernel does not have "queue"/
