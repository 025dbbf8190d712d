/** Claim: every kind of firewall keeps the one interface, and so does a kind from outside. */
import { describe, expect, test } from 'vitest'
import { loaderOf, registerLoader } from '../../../harness/firewall/loaders.ts'
import { everyKind, loadedKinds } from '../../../tools/testing/kind-suite.ts'
import { allKinds, registerKind } from './registry.ts'

const SHIPPED = allKinds()
const { KIND } = await import('../../../tools/testing/outside-kind.ts')

describe('every kind', () => everyKind(SHIPPED))
describe('a kind from outside', () => everyKind([KIND]))

test('every kind that is loaded has a loader', () => {
  for (const { name } of loadedKinds(allKinds())) expect(loaderOf({ kind: name }).kind).toBe(name)
  expect(loadedKinds(SHIPPED).length).toBe(SHIPPED.length - 1)
})

test('a kind from outside cannot take the place of another one', () => {
  for (const kind of allKinds()) expect(() => registerKind(kind)).toThrow(kind.name)
  for (const { name } of loadedKinds(allKinds()))
    expect(() => registerLoader(loaderOf({ kind: name }))).toThrow(name)
})
