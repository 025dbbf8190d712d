import { expect, test } from 'vitest'
import { nftMentions } from './nft-mentions.ts'

test.each([
  'add rule inet t c',
  'add rule; inet f i',
  'insert rule inet t c position 3',
  'replace rule inet t c handle 4',
  'chain input {\n\n} rule;',
])('an empty rule mentions nothing: %j', (text) => {
  expect(nftMentions(text).mentions).toEqual([])
})
