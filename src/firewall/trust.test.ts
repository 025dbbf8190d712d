import { expect, test } from 'vitest'
import { readTrust, TRUSTABLE } from './trust.ts'

test.each([
  ['volumes', ['volumes']],
  ['volumes, cap_add', ['volumes', 'cap_add']],
  ['network-mode', ['network_mode']],
  ['pid,all', TRUSTABLE],
])('%s', (text, names) => {
  expect(readTrust(text)).toEqual({ trust: new Set(names) })
})

test.each(['', 'everything', 'volumes,,pid', 'volumes_from', 'constructor'])(
  '%j is refused as a value of --trust',
  (text) => {
    expect(readTrust(text)).toHaveProperty('unknown')
  },
)
