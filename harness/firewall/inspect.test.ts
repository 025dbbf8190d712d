/** A listing that is no ruleset is not a bug of this program, and never an empty ruleset. */
import { expect, test } from 'vitest'
import { EnvironmentError } from '../system/errors.ts'
import { readInspection } from './inspect.ts'

const read = (json: string) => () => readInspection({ json, listing: '', legacy: {} })

test.each([
  ['{"nftables":['],
  ['[]'],
  ['null'],
  ['{"nftables":[null]}'],
  ['{"nftables":5}'],
  ['x'],
])('%s is reported as output of nft', (json) => {
  expect(read(json)).toThrow(EnvironmentError)
  expect(read(json)).toThrow(/^nft -j -a -p list ruleset printed no ruleset as JSON: it begins/)
})

test('a valid listing is read', () => {
  expect(read('{"nftables":[{"metainfo":{}}]}')().nft).toEqual({ nftables: [{ metainfo: {} }] })
})
