/** Claim: whatever a link is called, what ip(8) prints of it is read, and the name is the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileWord } from '../../tools/testing/hostile.ts'
import { kernelJson } from './kernel-json.ts'

/** As json_writer.c of iproute2 writes a string, before 6.2 and since. */
function written(text: string, isOld: boolean): string {
  const escapes: Readonly<Record<string, string>> = {
    ...{ '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f', '\b': '\\b' },
    ...{ '\\': '\\\\', '"': '\\"' },
    ...(isOld ? { "'": "\\'" } : {}),
  }
  return `"${[...text].map((c) => escapes[c] ?? c).join('')}"`
}

test.each([true, false])('hostile names in the JSON of an old release: %s', (isOld) => {
  fc.assert(
    fc.property(fc.array(hostileWord(), { maxLength: 4 }), (names) => {
      const text = `[${names.map((name) => `{"ifname":${written(name, isOld)}}`).join(',\n')}]\n`
      expect(kernelJson(text)).toEqual(names.map((ifname) => ({ ifname })))
    }),
  )
})

test('empty output is an empty list, and invalid JSON is refused', () => {
  expect([kernelJson(''), kernelJson(' \n'), kernelJson('[{}]')]).toEqual([[], [], [{}]])
  expect(() => kernelJson('1: lo: <LOOPBACK>')).toThrow(SyntaxError)
})
