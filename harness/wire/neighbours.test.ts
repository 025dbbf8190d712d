/** Questions and answers about neighbours, as frames. */
import { expect, test } from 'vitest'
import { bytesOf } from '../kernel/addresses.ts'
import { finish, pseudoSum, sum } from './frames.ts'
import { question, readNeighbour, reply } from './neighbours.ts'

const ours = (address: string) => ({
  mac: Buffer.from([2, 0, 0, 0, 0, 2]),
  address: bytesOf(address),
})
const theirs = (address: string) => ({
  mac: Buffer.from([2, 0, 0, 0, 0, 1]),
  address: bytesOf(address),
})

test.each([
  [4, '10.20.1.10', '10.20.1.1'],
  [6, '2001:db8:20:1::10', '2001:db8:20:1::1'],
] as const)('IPv%i: requests and answers are recognized', (family, own, wanted) => {
  const asked = readNeighbour(question(family, ours(own), bytesOf(wanted)), family)
  expect(asked).toEqual({
    kind: 'asks',
    address: bytesOf(wanted),
    from: bytesOf(own),
    mac: ours(own).mac,
  })
  const told = readNeighbour(reply(family, theirs(wanted), ours(own)), family)
  expect(told).toEqual({
    kind: 'tells',
    address: bytesOf(wanted),
    from: bytesOf(wanted),
    mac: theirs(wanted).mac,
  })
})

test('an ARP request equals that of RFC 826, byte for byte', () => {
  expect(question(4, ours('10.20.1.10'), bytesOf('10.20.1.1')).toString('hex')).toBe(
    `${'ff'.repeat(6)}0200000000020806${'0001080006040001'}0200000000020a14010a${'00'.repeat(6)}0a140101`,
  )
})

test('a neighbour solicitation goes to the multicast group of its address, with a correct checksum', () => {
  const b = question(6, ours('2001:db8::10'), bytesOf('2001:db8::ab:cdef'))
  expect(b.subarray(0, 6).toString('hex')).toBe('3333ffabcdef')
  expect(b.subarray(38, 54).toString('hex')).toBe('ff0200000000000000000001ffabcdef')
  expect(finish(pseudoSum(b, 14, { family: 6, protocol: 58, length: 32 }) + sum(b, 54, 32))).toBe(0)
})

test('forwarded, truncated and other packets are not neighbour messages', () => {
  const forwarded = question(6, ours('2001:db8::10'), bytesOf('2001:db8::1'))
  forwarded[21] = 254
  expect(readNeighbour(forwarded, 6)).toBeUndefined()
  const arp = question(4, ours('10.20.1.10'), bytesOf('10.20.1.1'))
  expect(readNeighbour(arp.subarray(0, 41), 4)).toBeUndefined()
  expect(readNeighbour(arp, 6)).toBeUndefined()
  arp[21] = 9
  expect(readNeighbour(arp, 4)).toBeUndefined()
})
