import { expect, test } from 'vitest'
import { evidenceOfWalks, located, numbersToTrace } from './evidence.ts'

const RULE = { file: 'rules.nft', line: 7 }
const CHAIN = { file: 'rules.nft', line: 3 }
const sources = {
  places: new Map([['inet t 9', RULE]]),
  chains: new Map([['inet t c', CHAIN]]),
}
const step = { family: 'inet', table: 't', chain: 'c', verdict: 'drop' }

test('a rule stands in its line, and a policy in the line of its chain', () => {
  const steps = [{ ...step, rule: 'drop', handle: 9 }, step]
  expect(located({ probe: '', steps }, sources).steps.map(({ at }) => at)).toEqual([RULE, CHAIN])
})

test('a rule without a known line gets none, and not that of its chain', () => {
  const steps = [{ ...step, rule: 'drop', handle: 10 }]
  expect(located({ probe: '', steps }, sources).steps).toEqual(steps)
})

test('the first number of each range is traced, of at most 24 ranges', () => {
  const wrong = Array.from({ length: 30 }, (_, i) => ({ from: i * 10, to: i * 10 + 5 }))
  expect(numbersToTrace(wrong)).toEqual(wrong.slice(0, 24).map(({ from }) => from))
})

test('a firewall that cannot be traced gives no evidence', () => {
  expect(evidenceOfWalks([22], []).size).toBe(0)
  const walk = { probe: 'a probe', steps: [step] }
  expect(evidenceOfWalks([22], [walk]).get(22)).toEqual({
    ...{ number: 22, probe: 'a probe' },
    trace: [step],
  })
})
