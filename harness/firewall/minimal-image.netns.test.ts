/** A minimal image has no /etc/protocols, /etc/services or /etc/iproute2: what this project writes and ships loads there all the same. */
import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policies } from '../../src/policy/egress/fixtures.ts'
import { officeWith } from '../../src/policy/zones/fixtures.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { FORMS, manyGrants, ZONES } from '../../src/ruleset/fixtures.ts'
import { compileZones } from '../../src/ruleset/zones.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { inSandbox, NO_NAMES, SPLIT } from '../../tools/testing/nft.ts'
import { REJECTING, RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'
import { loadPolicy, loadZonePolicy } from '../input/load.ts'
import { enterCommand } from '../sandbox/enter.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const SHIPPED = globSync(['src/**/*.nft', 'scenarios/**/*.nft', 'examples/**/*.nft'], { cwd: ROOT })
const read = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8')

/** Each text by itself, in an order of its own. */
function checkAll(texts: readonly string[]): void {
  inSandbox(
    `${NO_NAMES}\n${SPLIT}\nfor part in /run/part*; do nft --check -f "$part"; done`,
    texts.join('\f'),
  )
}

test('the sandbox of this test has no names of services and protocols', () => {
  const rule = 'add table t\nadd chain t c\nadd rule t c meta l4proto ipv6-icmp accept\n'
  inSandbox('nft --check -f -', rule)
  expect(() => inSandbox(`${NO_NAMES}\nnft --check -f -`, rule)).toThrow(
    /Could not resolve protocol name/,
  )
})

test.each(SHIPPED)('%s', (file) => checkAll([read(file)]))

describe('without names, nft loads', () => {
  const files = globSync('scenarios/policies/*.yaml', { cwd: ROOT })

  test.each(files)('%s, compiled', (file) => {
    const isOfZones = /^statements:/m.test(read(file))
    if (!isOfZones) {
      const egress = loadPolicy(`${ROOT}/${file}`).policy
      return checkAll(FORMS.map(([, grants]) => compile(egress, ZONES, grants)))
    }
    const { policy } = loadZonePolicy(`${ROOT}/${file}`)
    checkAll([compileZones(policy, new Map(policy.zones.map((zone, i) => [zone, `eth${i}`])))])
  })

  test('random policies with random grants and in the smallest form', () => {
    const grants = fc.oneof(manyGrants, fc.constant(undefined))
    const random = fc.record({ policy: policies, grants })
    checkAll(fc.sample(random, 40).map(({ policy, grants }) => compile(policy, ZONES, grants)))
  })

  test('random policies for zones', () => {
    const traffic = [
      'tcp/1-9',
      'tcp',
      'udp',
      'any',
      'icmp',
      'icmp/echo-request',
      'ip/gre',
      'ip/ospf',
    ]
    const by = ['', 'by: tcp-reset', 'by: port-unreachable', 'by: admin-prohibited', 'by: no-route']
    const statement = fc
      .tuple(
        fc.constantFrom('wan', 'lan', 'dmz', 'web', 'firewall', 'any'),
        fc.constantFrom(...traffic),
        fc.constantFrom('allow', 'deny'),
        fc.constantFrom(...by),
      )
      .map(([to, what, treatment, how]) => {
        const isReset = how.includes('reset') && !what.startsWith('tcp')
        const suffix = treatment === 'deny' && how && !isReset ? `, ${how}` : ''
        return `{ from: lan, to: ${to === 'lan' ? 'dmz' : to}, ${treatment}: ${what}${suffix} }`
      })
    const links = new Map(['wan', 'lan', 'dmz'].map((zone, i) => [zone, `eth${i}`]))
    const lists = fc.sample(fc.array(statement, { minLength: 1, maxLength: 6 }), 40)
    checkAll(lists.map((statements) => compileZones(officeWith(...statements), links)))
  })
})

test('without names, nft loads the rulesets of the fault tests', () => {
  checkAll([rulesetOf(RIGHT), rulesetOf(REJECTING)])
})

test('without names, nft loads the tables of a whole run: controls, witness and trace', () => {
  const [lead, ...enter] = enterCommand(mustBeRootless())
  const setting = { cwd: ROOT, lead: [lead!, ...enter, 'sh', '-c', `${NO_NAMES}\nexec "$@"`, 'sh'] }
  const scenario = 'scenarios/office/paper.yaml'
  const { code, out, err } = nftproof(
    ['run', scenario, '--quiet', '--no-save', '--ports', '22-81', '--from', 'wan', '--to', 'web'],
    setting,
  )
  expect({ code, out: code === 0 ? '' : out, err }).toEqual({ code: 0, out: '', err: '' })
})
