/**
 * A second opinion on the wire's verdicts: real clients and servers, with the
 * kernel's own stack at both ends, on both sides of every boundary and on 200
 * random ports.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { valueAt } from '../../src/net/range-map.ts'
import type { Outcome } from '../../src/result/outcome.ts'
import type { TableResult } from '../../src/result/result.ts'
import type { Experience, Opinion, Question } from '../../tools/testing/second/contract.ts'
import { load, runHere } from '../../tools/testing/wrong.ts'
import { enterCommand } from '../sandbox/enter.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'

/** Both sides of every boundary of the Zerops policy, without port 0, on which nothing can listen. */
const BOUNDARIES = PortSet.parse('1,2,21-23,52-54,79-81,122-124,442-444,1023-1026,65534,65535')
const SEED = 20261123

/** A small generator (Numerical Recipes' LCG), so that a failure can be repeated. */
function randomPorts(count: number): number[] {
  let state = SEED
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return 1 + (state % 65535)
  })
}

function askAnother(question: Question): Opinion {
  const main = new URL('../../tools/testing/second/main.ts', import.meta.url).pathname
  const [command, ...args] = enterCommand(mustBeRootless())
  const { stdout, stderr, status } = spawnSync(command!, [...args, process.execPath, main], {
    input: JSON.stringify(question),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the second opinion failed: ${stderr}`)
  return JSON.parse(stdout)
}

function asExperience(outcome: Outcome): Experience {
  switch (outcome.kind) {
    case 'open':
      return 'answered'
    case 'rejected':
      return 'refused'
    case 'dropped':
      return 'silence'
    case 'one-way':
    case 'translated':
    case 'unsteady':
    case 'inconclusive':
      throw new Error(`no program's experience: ${outcome.kind}`)
    default:
      throw new Error(`unknown outcome ${outcome satisfies never}`)
  }
}

function wireSays(table: TableResult, ports: readonly number[]): Experience[] {
  const spans = table.rows.map(({ from, to, observed }) => ({ from, to, value: observed }))
  return ports.map((port) => asExperience(valueAt(spans, port)!))
}

describe.each(['default-egress', 'default-egress-reject'])('%s', (id) => {
  test('real clients and servers agree with the wire on every verdict', async () => {
    const ports = [...new Set([...BOUNDARIES, ...randomPorts(200)])]
    const asked = { protocols: ['tcp', 'udp'], ports: PortSet.of(...ports) } as const
    const result = await runHere({ loaded: load(id), ...asked })
    const { tables, ruleset } = result.scenarios[0]!
    const opinion = askAnother({ ruleset: ruleset.text, ports })
    expect(tables).toHaveLength(4)
    for (const table of tables) {
      const key = `ipv${table.family} ${table.protocol}`
      const pairs = (says: readonly Experience[]) =>
        ports.map((port, i) => `${key} ${port} ${says[i]}`)
      expect(pairs(opinion[key] ?? [])).toEqual(pairs(wireSays(table, ports)))
    }
    const said = new Set(Object.values(opinion).flat())
    expect(said).toContain('answered')
    expect(said).toContain(id === 'default-egress' ? 'silence' : 'refused')
  })
})
