import { describe, expect, test } from 'vitest'
import { FAMILIES, type Family, lastNumber, PROTOCOLS } from '../../src/net/protocol.ts'
import { bytesOf } from '../kernel/addresses.ts'
import { checksumOffset, ETHERNET, IP_HEADER, pseudoSum, sum } from './frames.ts'
import { attemptOf, identityOf, probedNumberOf, sweepIdOf } from './identity.ts'
import { type Flow, writerFor } from './probe.ts'
import { emptyReading, read } from './reader.ts'

const mac = (n: number): Buffer => Buffer.from([2, 0, 0, 0, 0, n])

function flow(family: Family): Flow {
  const [own, to] =
    family === 4 ? ['10.20.1.10', '203.0.113.10'] : ['2001:db8:20:1::10', '2001:db8:ffff::10']
  return {
    family,
    from: { mac: mac(2), gatewayMac: mac(1), address: bytesOf(own) },
    to: bytesOf(to),
    sourcePort: () => 40001,
    destinationPort: (number) => number,
    sweep: 0xabc,
    attempt: 1,
  }
}

/** A sum over correct data and its checksum folds to all ones (RFC 1071 §1). */
function folds(total: number): boolean {
  let s = total
  while (s > 0xffff) s = (s & 0xffff) + (s >>> 16)
  return s === 0xffff
}

test('a probe identity decodes to its parts', () => {
  for (const parts of [
    [0, 0, 0],
    [4095, 15, 65535],
    [1, 2, 3],
  ] as [number, number, number][]) {
    const identity = identityOf(...parts)
    expect([sweepIdOf(identity), attemptOf(identity), probedNumberOf(identity)]).toEqual(parts)
  }
})

describe.each(FAMILIES)('IPv%s', (family) => {
  test.each(PROTOCOLS)(
    'every %s probe has correct lengths and checksums, and reads back as the same probe',
    (protocol) => {
      const b = Buffer.alloc(1024)
      const r = emptyReading(family)
      const write = writerFor(protocol, flow(family))
      const step = lastNumber(protocol) === 65535 ? 251 : 1
      for (let number = 0; number <= lastNumber(protocol); number += step) {
        const at = 256
        const length = write(b, at, number)
        const ip = at + ETHERNET
        const l4 = ip + IP_HEADER[family]
        const payload = length - ETHERNET - IP_HEADER[family]
        if (family === 4) expect(folds(sum(b, ip, 20))).toBe(true)
        const lengthField = family === 4 ? b.readUInt16BE(ip + 2) - 20 : b.readUInt16BE(ip + 4)
        expect(lengthField).toBe(payload)
        const proto = family === 4 ? b[ip + 9]! : b[ip + 6]!
        if (checksumOffset(proto) !== undefined && !(family === 4 ? proto === 58 : proto === 1)) {
          const pseudo =
            proto === 1 ? 0 : pseudoSum(b, ip, { family, protocol: proto, length: payload })
          expect(folds(pseudo + sum(b, l4, payload))).toBe(true)
        }
        read(b, at, length, r)
        expect({ number, kind: r.kind, identity: r.identity }).toEqual({
          number,
          kind: 'probe',
          identity: identityOf(0xabc, 1, number),
        })
      }
    },
  )

  test('truncated frames are not taken for probes', () => {
    const b = Buffer.alloc(1024)
    const r = emptyReading(family)
    for (const protocol of PROTOCOLS) {
      const length = writerFor(protocol, flow(family))(b, 0, 8)
      for (let cut = 0; cut < length; cut++) {
        read(b, 0, cut, r)
        expect(r.kind).toBe('other')
      }
    }
  })
})
