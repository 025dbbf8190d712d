/** `nftproof compile` from outside: the ruleset alone on standard output, everything else on standard error. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const POLICY = 'scenarios/policies/zerops.yaml'
const SHOP = 'shop=eth1,10.20.1.0/24,2001:db8:20:1::/64'
const compile = (...args: readonly string[]) => nftproof(['compile', ...args], { cwd: ROOT })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-compile-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('compile refuses', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no such file', ['no/such.yaml'], /no\/such\.yaml: no such file/],
    ['no such scenario', ['defalt-egress'], /^nftproof: unknown scenario.*default-egress/],
    ['no such --scenario', [POLICY, '--scenario', 'x'], /unknown scenario "x"/],
    ['a directory', ['scenarios'], /is a directory/],
    ['a project without a prefix', [POLICY, '--project', 'shop=eth1'], /must be NAME=LINK,PREFIX/],
    [
      'an invalid prefix',
      [POLICY, '--project', 'shop=eth1,10.20.1.0'],
      /"10.20.1.0": must be a prefix/,
    ],
    [
      'a wildcard',
      [POLICY, '--project', 'shop=eth*,10.20.1.0/24'],
      /link "eth\*": must not end with/,
    ],
    [
      'a link name that is too long',
      [POLICY, '--project', 'shop=abcdefghijklmnop,10.0.0.0/8'],
      /15 bytes/,
    ],
    [
      'the same prefix twice on one link',
      [POLICY, '--project', SHOP, '--project', 'b=eth1,10.0.0.0/8'],
      /projects b and shop share the link eth1: their prefixes must not overlap/,
    ],
    [
      'two projects with one name',
      [POLICY, '--project', SHOP, '--project', 'shop=b,10.0.0.0/8'],
      /projects shop \(eth1\) and shop \(b\): names must differ/,
    ],
    [
      'grants for zones',
      ['scenarios/policies/office.yaml', '--lab', 'scenarios/labs/office.yaml', '--grants'],
      /--grants: scenarios\/policies\/office\.yaml takes no grants: add "grants" to it/,
    ],
    [
      'a project that the scenario also has',
      ['default-egress', '--scenario', 'default-egress'],
      /must differ/,
    ],
  ])('%s: exit 2, and nothing on standard output', (_, args, message) => {
    const { code, out, err } = compile(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
  })

  test('errors are printed without the warnings of the same files', () => {
    const [policy, lab] = ['policy', 'lab'].map((name) => join(folder, `${name}.yaml`)) as [
      string,
      string,
    ]
    writeFileSync(
      policy,
      'policy: p\ntitle: t\nzones: [a, b, unused]\nstatements: [{ from: a, to: b, allow: tcp/1 }]\n',
    )
    const zones = ['a', 'b', 'unused'].map((zone) => `  ${zone}: {}\n`)
    writeFileSync(lab, `zones:\n${zones.join('')}`)
    expect(compile(policy, '--lab', lab).err).toMatch(/^nftproof: warning: .*unused/)
    writeFileSync(lab, `zones:\n${zones[0]}${zones[2]}`)
    const { code, err } = compile(policy, '--lab', lab)
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /zone b has no interface: name one under "zones", like NAME: \{ link: eth0 \}/,
      ),
    })
    expect(err).not.toContain('warning')
  })

  test('an output file that cannot be written', () => {
    const { code, err } = compile(POLICY, '--project', SHOP, '--out', join(folder, 'no', 'such'))
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no\/such could not be written: the folder .*no does not exist/),
    })
  })
})

test('without projects, compile warns that the rules apply to no traffic, and the text says how to bind a project', () => {
  const { code, out, err } = compile(POLICY)
  expect(code).toBe(0)
  expect(err).toMatch(/the ruleset applies to no project yet/)
  expect(out).toMatch(
    /^# .*\n# Applies to no project yet.*\n#.*nft add element inet egress_zerops project_links/,
  )
})

test.each([
  ['default-egress', '"shop0" . 10.20.1.0/24 }'],
  ['grants/submission', '"shop0" . 10.20.1.0 . 587 '],
])(
  'scenario %s gives the same ruleset by id, by file and by option, including grants',
  (id, element) => {
    const byId = compile(id)
    expect(byId).toMatchObject({ code: 0, out: expect.stringContaining(element) })
    expect(compile(`scenarios/${id}.yaml`).out).toBe(byId.out)
    expect(compile(POLICY, '--scenario', id).out).toBe(byId.out)
  },
)

describe('compile of a shipped policy', () => {
  test.each(['zerops', 'zerops-reject'])('%s has no warning about itself', (name) => {
    const { code, err } = compile(`scenarios/policies/${name}.yaml`, '--project', SHOP)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test.each(['home', 'office'])('%s, for zones, has no warning about itself', (name) => {
    const policy = `scenarios/policies/${name}.yaml`
    const lab = join(folder, 'home-lab.yaml')
    writeFileSync(lab, 'zones:\n  internet: { link: ppp0 }\n  home: { link: br0 }\n')
    const { code, err } = compile(
      policy,
      '--lab',
      name === 'home' ? lab : 'scenarios/labs/office.yaml',
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  test('zerops is 30 lines: no set is empty, and each rule names its lines', () => {
    const lines = compile(POLICY, '--project', SHOP).out.trimEnd().split('\n')
    expect(lines).toHaveLength(30)
    for (const line of lines.filter((one) => one.startsWith('\tset')))
      expect(line).toMatch(/elements = \{ "eth1"/)
    const rules = lines.filter((one) => one.startsWith('\t\t') && !one.includes('policy accept'))
    for (const rule of rules) expect(rule).toMatch(/ comment "zerops\.yaml[: ].+"$/)
  })

  test('--grants prints the form that takes grants, and --base says when the forms differ', () => {
    const [smallest, taking] = ['smallest.nft', 'taking.nft'].map((name) => join(folder, name))
    expect(compile('default-egress', '--out', smallest!)).toMatchObject({ code: 0, err: '' })
    expect(compile('default-egress', '--grants', '--out', taking!).code).toBe(0)
    expect(readFileSync(smallest!, 'utf8')).not.toContain('granted_tcp4_24')
    expect(readFileSync(taking!, 'utf8')).toContain('set granted_tcp4_24 {')

    const same = compile('default-egress', '--base', smallest!)
    expect(same).toMatchObject({ code: 0, out: '', err: '' })
    const more = compile('default-egress', '--project', 'b=b0,10.9.0.0/16', '--base', smallest!)
    expect(more.out).toBe(
      'add element inet egress_zerops project_links { "b0" }\n' +
        'add element inet egress_zerops project_sources4 { "b0" . 10.9.0.0/16 }\n',
    )
    const kept = compile('default-egress', '--grants', '--base', taking!)
    expect(kept).toMatchObject({ code: 0, out: '', err: '' })

    const lost = compile('default-egress', '--base', taking!, '--check')
    expect(lost).toMatchObject({ code: 0, out: readFileSync(smallest!, 'utf8') })
    expect(lost.err).toMatch(/the former ruleset takes grants, .* add --grants to keep that form/)
    const gained = compile('default-egress', '--grants', '--base', smallest!, '--check')
    expect(gained).toMatchObject({ code: 0, out: readFileSync(taking!, 'utf8') })
    expect(gained.err).toMatch(/the former ruleset takes no grants, and this one takes them/)
    expect(gained.err).not.toContain('add --grants')
  })
})

describe('compile with a platform', () => {
  const PLATFORM = 'scenarios/platform.yaml'

  test('has the projects and the grants of a day, and names expired grants', () => {
    const before = compile(PLATFORM, '--at', '2026-06-14')
    expect(before.out).toMatch(/"shop0" \. 10\.20\.1\.0 \. 636 /)
    expect(before.err).not.toContain('expired')
    const after = compile(PLATFORM, '--at', '2026-06-15')
    expect(after.out).not.toMatch(/ \. 636 /)
    expect(after.err).toContain(
      'grant "shop-ldap-expired" of project "shop" expired on 2026-06-14: it opens nothing',
    )
    expect(after.code).toBe(0)
  })

  test('prints only the difference between two days', () => {
    const old = join(folder, 'old.nft')
    expect(compile(PLATFORM, '--at', '2026-06-14', '--out', old).code).toBe(0)
    const { out, code } = compile(PLATFORM, '--at', '2026-06-15', '--base', old, '--check')
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n')).toEqual([
      'delete element inet egress_zerops granted_tcp4_24 { "shop0" . 10.20.1.0 . 636 }',
      'delete element inet egress_zerops granted_tcp6_64 { "shop0" . 2001:db8:20:1:: . 636 }',
    ])
    expect(compile(PLATFORM, '--at', '2026-06-14', '--base', old)).toMatchObject({
      code: 0,
      out: '',
    })
  })

  test.each([
    ['an invalid date', ['--at', '2026-02-30'], /must be a day like 2026-06-15/],
    ['another ruleset', ['--base', 'package.json'], /not an output of nftproof compile: line 1/],
    ['no such file', ['--base', 'none.nft'], /none\.nft: no such file/],
  ])('refuses %s: exit 2', (_, args, message) => {
    const { code, err, out } = compile(PLATFORM, ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
  })

  test('prints the whole ruleset when the policy changed, with a warning', () => {
    const old = join(folder, 'other.nft')
    compile('grants/revocation-keep', '--out', old)
    const { out, err } = compile('grants/revocation-cut', '--base', old)
    expect(out).toMatch(/^# .*\ntable inet egress_zerops\ndelete table/)
    expect(err).toMatch(
      /the output is the whole ruleset, .*the table was inet egress_zerops_reject/,
    )
  })
})

test('compile checks the ruleset and writes it to a file on request', () => {
  const file = join(folder, 'rules.nft')
  const printed = compile(POLICY, '--project', SHOP, '--check')
  expect(printed.code).toBe(0)
  expect(compile(POLICY, '--project', SHOP, '--out', file)).toMatchObject({ code: 0, out: '' })
  expect(readFileSync(file, 'utf8')).toBe(printed.out)
})

test('when nft refuses the ruleset, compile names the line and prints nothing', () => {
  const nft = join(folder, 'nft')
  writeFileSync(nft, '#!/bin/sh\necho "/dev/stdin:2:7-12: Error: no" >&2\nexit 1\n', {
    mode: 0o755,
  })
  const { code, out, err } = nftproof(['compile', POLICY, '--project', SHOP, '--check'], {
    cwd: ROOT,
    env: { PATH: `${folder}:${process.env.PATH}` },
  })
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/ruleset:2:7-12: Error: no\n {2}table inet egress_zerops\n {8}\^/)
})
