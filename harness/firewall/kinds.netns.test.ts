/** Claim: every kind of firewall is loaded, swept and traced, and so is a kind from outside, with no other file than its own. */
import { describe, expect, test } from 'vitest'
import { allKinds } from '../../src/firewall/kinds/registry.ts'
import { nftproof, type Setting, SOURCE_MAIN } from '../../tools/testing/command.ts'
import { everyKindLoaded } from '../../tools/testing/kind-suite.ts'

const SHIPPED = allKinds()
const { KIND } = await import('../../tools/testing/outside-kind.ts')
const FILE = new URL('../../tools/testing/outside-kind.ts', import.meta.url).href
/** It registers itself in the sources, not in the built files. */
const KNOWN: Setting = { env: { NODE_OPTIONS: `--import=${FILE}` }, main: SOURCE_MAIN }

describe('every kind', () => everyKindLoaded(SHIPPED))
describe('a kind from outside', () => everyKindLoaded([KIND], KNOWN))

test('the help of a command lists a kind from outside', () => {
  const { out } = nftproof(['diff', '--help'], KNOWN)
  expect(out).toMatch(/forward-list:FILE +a list of forwards/)
  expect(nftproof(['diff', '--help']).out).not.toContain('forward-list')
})
