/** Which names a link can have; harness/lab/link-name.netns.test.ts asks the kernel and ip(8) the same. */
import { expect, test } from 'vitest'
import { LINK_PATTERN, linkNameProblem, portOf } from './link-name.ts'

test.each([
  'eth0',
  'br-lan',
  'eth0.10',
  'wg+',
  '*a',
  'ppp0',
  'ALL',
  'Default',
  'w0.0',
  '42',
  'é',
  '日本',
  '...',
  'a@b',
  'a,b',
  'abcdefghijklmno',
])('%j is a valid interface name', (name) => {
  expect(linkNameProblem(name)).toBeUndefined()
  expect(name).toMatch(new RegExp(LINK_PATTERN, 'u'))
})

test.each([
  ['', /must have a name/],
  ['all', /settings of all interfaces/],
  ['default', /settings of new interfaces/],
  ['lo', /loopback/],
  ['.', /folder/],
  ['..', /folder/],
  ['a/b', /blank, "\/" or ":"/],
  ['eth0:1', /blank, "\/" or ":"/],
  ['a b', /blank/],
  ['a\u00a0b', /blank/],
  ['%d', /"%"/],
  ['eth%', /"%"/],
  ['a#b', /"#"/],
  ["it's", /"'"/],
  ['a"b', /\\""/],
  ['a\\', /\\\\/],
  ['-a', /option/],
  ['eth*', /reads it as a wildcard/],
  ['*', /reads it as a wildcard/],
  ['a\u001b[m', /control/],
  ['a\u0000', /control/],
  ['a\u202eb', /control/],
  ['à', /reads as a blank/],
  ['\ud800', /control/],
  ['a\ufffd', /valid UTF-8/],
  ['abcdefghijklmnop', /longer than 15 bytes/],
  ['éééééééé', /longer than 15 bytes/],
  ['constructor%', /"%"/],
] as const)('%j is refused as an interface name', (name, why) => {
  expect(linkNameProblem(name)).toMatch(why)
})

test('the name of a bridge port fits', () => {
  expect(portOf('br0')).toBe('p-br0')
  expect(portOf('br-abcdefghijkl')).toHaveLength(15)
})
