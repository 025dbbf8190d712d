import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { ownVersion } from '../output/versions.ts'

describe('help', () => {
  test.each([
    [['--help']],
    [['run', '--help']],
    [['merge', '--help']],
    [['show', '--help']],
    [['diff', '--help']],
    [['explain', '--help']],
    [['compile', '--help']],
    [['policy', '--help']],
    [['policy', 'show', '--help']],
    [['request', '--help']],
    [['request', 'review', '--help']],
    [['request', 'approve', '--help']],
    [['request', 'reject', '--help']],
    [['request', 'list', '--help']],
    [['lab', '--help']],
    [['lab', 'infer', '--help']],
    [['lab', 'from-host', '--help']],
    [['lab', 'check', '--help']],
    [['doctor', '--help']],
  ])('%j has a usage line and two examples, in 80 columns', (args) => {
    const { code, out, err } = nftproof(args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Usage: nftproof/)
    expect(out).toMatch(/^Examples:\n {2}nftproof.*\n {2}nftproof/m)
    expect(out.split('\n').filter((line) => [...line].length > 80)).toEqual([])
    expect(nftproof(['help', ...args.slice(0, -1)])).toEqual({ code, out, err })
  })

  test.each([
    [['help', 'nothing'], "unknown command 'nothing'"],
    [['help', 'request', 'nothing'], "unknown command 'nothing'"],
  ])('%j is bad usage', (args, said) => {
    expect(nftproof(args)).toMatchObject({ code: 2, err: expect.stringContaining(said) })
  })

  test.each([
    [['policy', 'office.yaml'], /unknown command 'office.yaml': use nftproof policy show\n/],
    [['request', 'x'], /unknown command 'x': use nftproof request review, .* or list\n/],
    [['policy', 'shwo'], /unknown command 'shwo'\n\(Did you mean show\?\)\n/],
  ])('%j: the error names the commands', (args, said) => {
    expect(nftproof(args)).toMatchObject({ code: 2, err: expect.stringMatching(said) })
  })

  test('the help of the command shows its tasks, and that of run its groups and targets', () => {
    expect(nftproof(['--help']).out).toMatch(/^Tasks:\n {2}check a firewall against a policy/m)
    const { out } = nftproof(['run', '--help'])
    for (const heading of ['Scenarios', 'What to probe', 'What to test', 'Report', 'Where to run'])
      expect(out).toMatch(new RegExp(`^${heading}:$`, 'm'))
    expect(out).toMatch(/^ {2}netns:NAME /m)
  })

  test('--version prints the version of the package', () => {
    expect(nftproof(['--version'])).toEqual({ code: 0, out: `${ownVersion()}\n`, err: '' })
    expect(ownVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('without a command, the help is printed: exit 2', () => {
    const { code, err } = nftproof([])
    expect(code).toBe(2)
    expect(err).toMatch(/Usage: nftproof/)
  })
})

describe('policy show', () => {
  const zerops = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname
  let folder: string
  /** The shipped policy with a line that leaves nothing to "otherwise". */
  let covered: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nftproof-help-'))
    covered = join(folder, 'covered.yaml')
    const text = readFileSync(zerops, 'utf8')
    writeFileSync(
      covered,
      text.replace('  # Only port 0 is left.', '    - { ports: 0, unless: allowed }'),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('prints the counts, every line with its source, and the warnings within 80 columns', () => {
    const { code, out } = nftproof(['policy', 'show', zerops])
    expect(code).toBe(0)
    expect(out).toContain('TCP: 64,516 open, 1,020 blocked')
    expect(out).toContain('UDP: 5 open, 65,531 blocked')
    expect(out).toContain('allow SSH')
    expect(out).not.toContain('warning')
    expect(nftproof(['policy', 'show', covered]).out).toMatch(
      /warning: .*covered\.yaml:\d+:\d+: "otherwise deny" is never reached/,
    )
    const tables = out.split('\n').filter((line) => /^[│┌├└]/.test(line))
    for (const line of tables) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('prints JSON', () => {
    const { sections, warnings } = JSON.parse(
      nftproof(['policy', 'show', zerops, '--reporter', 'json']).out,
    )
    expect(sections[0]).toMatchObject({ name: 'TCP', open: 64516, blocked: 1020 })
    expect(warnings).toEqual([])
    const json = nftproof(['policy', 'show', covered, '--reporter', 'json']).out
    expect(JSON.parse(json).warnings).toHaveLength(1)
  })
})
