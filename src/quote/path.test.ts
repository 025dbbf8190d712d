/** Claim: a name is one part of a path, or refused; a setting is below its folder, or refused. */
import { posix } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileText } from '../../tools/testing/hostile.ts'
import { isPathPart, PathTextError, pathPart, sysctlPath } from './path.ts'

test('no name leads to another folder', () => {
  fc.assert(
    fc.property(hostileText(), (name) => {
      if (!isPathPart(name)) {
        expect(() => pathPart(name)).toThrow(PathTextError)
        return
      }
      const path = posix.normalize(`/run/netns/${pathPart(name)}`)
      expect(posix.dirname(path)).toBe('/run/netns')
      expect(posix.basename(path)).toBe(name)
    }),
  )
})

test.each(['', '.', '..', '../x', 'a/b', '/', 'a\0', '\0'])('%j is refused as a name', (name) => {
  expect(() => pathPart(name)).toThrow(PathTextError)
})

test.each([
  ['net.ipv4.ip_forward', '/proc/sys/net/ipv4/ip_forward'],
  ['net.ipv4.conf.eth0/10.rp_filter', '/proc/sys/net/ipv4/conf/eth0.10/rp_filter'],
  ['net.ipv4.conf.$&.rp_filter', '/proc/sys/net/ipv4/conf/$&/rp_filter'],
])('%s becomes %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path)
})

test.each([
  '',
  'net..x',
  'net.//.kernel.core_pattern',
  'net.//.//.//.etc.passwd',
  'net./',
  'net.\0',
])('the setting %j is refused', (name) => {
  expect(() => sysctlPath(name)).toThrow(PathTextError)
})

test('every setting is below /proc/sys', () => {
  fc.assert(
    fc.property(hostileText(), (name) => {
      let path: string
      try {
        path = sysctlPath(`net.${name}`)
      } catch (error) {
        expect(error).toBeInstanceOf(PathTextError)
        return
      }
      expect(posix.normalize(path)).toBe(path)
      expect(path).toMatch(/^\/proc\/sys\/net\/./s)
    }),
  )
})
