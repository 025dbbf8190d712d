/** What must be so of scenarios and rulesets wherever the firewall is: in a namespace of the lab's own, or in a container. */
import { describe, expect, test } from 'vitest'
import type { RunOptions } from '../../harness/pipeline/contract.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { Result } from '../../src/result/result.ts'
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
