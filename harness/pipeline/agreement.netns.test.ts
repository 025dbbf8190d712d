/** Random policies and grants: what is decided of a port is what the kernel does. `npm run soak` tries many more. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writtenWithHosts } from '../../src/policy/egress/fixtures.ts'
import { grant } from '../../src/ruleset/fixtures.ts'
import { disagreements } from '../../tools/testing/agreement.ts'
import { tryCases } from '../../tools/testing/cases.ts'
import { regressions } from '../../tools/testing/regressions.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'

/** A sample; `npm run soak` tries as many as there is time for. */
const CASES = 5

test(`the kernel agrees with decide on ${CASES} random policies, with grants and in both forms without: at every edge, and on every port of each fourth one`, async () => {
  expect(await tryCases({ numRuns: CASES })).toBeUndefined()
})

test('the same of policies with lines about hosts', async () => {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  const granted = [grant('g', 'shop', { tcp: '20-30,8000', udp: '53' })]
  try {
    for (const [i, policy] of fc.sample(writtenWithHosts, { numRuns: 4, seed: 7 }).entries()) {
      const of = { policy, grants: i % 2 === 0 ? [] : granted, edgesOnly: true }
      const found = await disagreements({ ...of, towardsProvider: false }, sandbox)
      expect({ i, found }).toEqual({ i, found: [] })
    }
  } finally {
    await sandbox.close()
  }
})

test('the cases that once failed do not fail again', async () => {
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  try {
    for (const { name, of } of regressions())
      expect({ name, found: await disagreements(of, sandbox) }).toEqual({ name, found: [] })
  } finally {
    await sandbox.close()
  }
})

test('a disagreement is found, shrunk and kept for later runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-regressions-'))
  try {
    const said = await tryCases({
      numRuns: 50,
      folder,
      ask: async ({ grants }) => (grants.length === 0 ? [] : [`${grants.length} grants`]),
    })
    expect(said).toMatch(/^1 grants\nkept in .*\n\{/)
    const [kept, ...more] = regressions(folder)
    expect(more).toEqual([])
    expect(kept!.of.grants).toHaveLength(1)
    expect(kept!.of.policy.tcp.otherwise.numbers.size).toBe(65536)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a case that cannot be measured is not an agreement: it is kept, or the trial ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-regressions-'))
  try {
    const refused = async () => {
      throw new InputError('nft refuses the ruleset')
    }
    expect(await tryCases({ numRuns: 5, folder, ask: refused })).toMatch(/^nft refuses the ruleset/)
    expect(regressions(folder)).toHaveLength(1)
    const broken = async () => {
      throw new EnvironmentError('the sandbox ended')
    }
    await expect(tryCases({ numRuns: 5, folder, ask: broken })).rejects.toThrow(/the sandbox ended/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
