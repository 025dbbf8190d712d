/** What must be so wherever the firewall is: in a namespace of the lab's own, in an existing one, in a container, or on another machine. */
import { describe, expect, test } from 'vitest'
import type { RunOptions } from '../../harness/pipeline/contract.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { Result, ScenarioResult } from '../../src/result/result.ts'
import { type Ended, nftproof, type Setting } from './command.ts'
import { REJECTING, RIGHT, rulesetOf } from './ruleset.ts'
import { load, wrongIn } from './wrong.ts'

export type RunIn = (options: Pick<RunOptions, 'loaded'> & Partial<RunOptions>) => Promise<Result>

/** Few, but all that the shipped policies, grants and requests name are among them. */
export const FEW_PORTS = PortSet.parse(
  '0-30,53,80,123,386-391,443,460-470,580-590,630-640,1020-1030,1190-1200,51815-51825,65530-65535',
)

/** Scenarios that differ from others in their size only. */
export const LARGE: readonly string[] = [
  'grants/fifty-projects',
  'grants/tenant-isolation',
  'office/paper',
]

/** A wrong ruleset, and what is found of it. */
const FAULTS = [
  ['a port too many', { ...RIGHT, tcp: `th dport 25 accept\n    ${RIGHT.tcp}` }, '25', 'open'],
  ['a port too few', { ...RIGHT, udp: RIGHT.udp.replace('53, ', '') }, '53', 'dropped'],
  ['rejected instead of dropped', REJECTING, undefined, 'rejected'],
] as const

export interface Proven {
  /** The shipped scenarios, or those of them that can be there. */
  readonly loaded: RunOptions['loaded']
  /** Those that the scenarios are proved on; absent: all. */
  readonly ports?: PortSet | undefined
}

export function provenIn(where: string, runIn: RunIn, { loaded, ports }: Proven): void {
  const on = ports === undefined ? 'every port' : ports.toString()
  describe(`in ${where}`, () => {
    const ids = loaded.map(({ scenario }) => scenario.id)
    test(`${ids.length} shipped scenarios conform, on ${on}`, async () => {
      const { scenarios } = await runIn({ loaded, ...(ports ? { ports } : {}) })
      for (const { id, status, tables, problems } of scenarios)
        expect({ id, status, problems, wrong: wrongIn(tables) }).toEqual({
          ...{ id, status: 'conforms', problems: [], wrong: {} },
        })
      expect(scenarios.map(({ id }) => id)).toEqual(ids)
    })

    test.each(FAULTS)('%s is found', async (_, parts, numbers, seen) => {
      const ruleset = { origin: 'test', text: rulesetOf(parts) }
      const result = await runIn({ loaded: load('default-egress'), ports: FEW_PORTS, ruleset })
      expect(result.status).toBe('mismatch')
      const wrong = Object.values(wrongIn(result.scenarios[0]!.tables))
      expect(wrong.length).toBeGreaterThan(0)
      for (const one of wrong) {
        expect(one.seen).toBe(seen)
        if (numbers !== undefined) expect(one.numbers).toBe(numbers)
      }
    })
  })
}

/** A provider, and a firewall there. */
export interface ProviderUnderTest {
  /** Sets the rules, and gives the options that choose this firewall. */
  place(ruleset: string): readonly string[]
  /** Everything that a run could leave changed. */
  state(): string
  /** Options for a firewall that is not there, and the words of the error. */
  readonly missing: readonly [options: readonly string[], words: RegExp]
  /** It is data: `--data-only` admits it. */
  readonly isData?: true
  readonly setting?: Setting
}

const FEW = ['--quiet', '--no-save', '--family', 'ipv4', '--ports', '20-30,1020-1030']
const OPENED = { ...RIGHT, first: 'iifname "shop0" tcp dport 25 accept' }

/** Opened, ready with its rules, and restored: the same for every provider, by the real command. */
export function everyProvider(name: string, make: () => ProviderUnderTest): void {
  describe(name, () => {
    const run = ({ setting }: ProviderUnderTest, options: readonly string[]): Ended =>
      nftproof(['run', 'default-egress', ...FEW, ...options], setting)

    test('a right firewall conforms, and everything is as before', () => {
      const one = make()
      const options = one.place(rulesetOf(RIGHT))
      const before = one.state()
      const { code, out, err } = run(one, options)
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
      expect(out).toContain('✔ 1 scenario conforms')
      expect(one.state()).toBe(before)
    })

    test('its own rules are measured: an open port is found, and can be replayed', () => {
      const one = make()
      const options = one.place(rulesetOf(OPENED))
      const before = one.state()
      const { code, out } = run(one, [...options, '--protocol', 'tcp'])
      expect(code).toBe(1)
      expect(out).toMatch(/25 .*blocked .*OPEN/)
      expect(out).toMatch(/nftproof run .*default-egress --family ipv4 --protocol tcp --ports 25/)
      expect(one.state()).toBe(before)
    })

    test('two runs that follow each other find the same', () => {
      const one = make()
      const options = [...one.place(rulesetOf(OPENED)), '--reporter', 'json']
      const found = [run(one, options), run(one, options)].map(({ out }) => {
        const [{ tables, problems, notMeasured = [] }] = (JSON.parse(out) as Result).scenarios as [
          ScenarioResult,
        ]
        return { wrong: wrongIn(tables), problems, notMeasured }
      })
      expect(found[0]).toMatchObject({ problems: [], notMeasured: [] })
      expect(found[0]!.wrong).not.toEqual({})
      expect(found[1]).toEqual(found[0])
    })

    test('a firewall that is not there is no verdict, and nothing is left of the attempt', () => {
      const one = make()
      const before = one.state()
      const [options, words] = one.missing
      const { code, out, err } = run(one, options)
      expect([2, 3]).toContain(code)
      expect(err).toMatch(words)
      expect(out).not.toMatch(/conforms|✔/)
      expect(one.state()).toBe(before)
    })

    test('only data is admitted where that is asked for', () => {
      const one = make()
      const options = one.place(rulesetOf(RIGHT))
      const { code, err } = run(one, [...options, '--data-only'])
      expect({ code, err }).toMatchObject(
        one.isData ? { code: 0 } : { code: 2, err: expect.stringContaining('--data-only') },
      )
    })
  })
}
