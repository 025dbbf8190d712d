/** The filter's program, executed as the kernel would (seccomp(2)), for every kind of processor. */
import { describe, expect, test } from 'vitest'
import { filterFor, REFUSED, stepsIn } from './filter.ts'
import { type Call, LAST_KNOWN, type Processor, processorOf } from './numbers.ts'

const ALLOW = 0x7fff0000
const error = (number: number): number => 0x00050000 | number
const [EPERM, ENOSYS, EAFNOSUPPORT] = [error(1), error(38), error(97)]
const MOST_STEPS = 4096 // BPF_MAXINSNS

/** One call as the filter sees it: struct seccomp_data. */
function data(audit: number, number: number, args: readonly number[]): Buffer {
  const all = Buffer.alloc(64)
  all.writeUInt32LE(number, 0)
  all.writeUInt32LE(audit, 4)
  for (const [i, value] of args.entries()) all.writeUInt32LE(value, 16 + 8 * i)
  return all
}

/** What the program answers. A jump out of it, or a step that is unknown, throws. */
function answer(program: Buffer, call: Buffer): number {
  let word = 0
  for (let at = 0; ; at++) {
    const code = program.readUInt16LE(at * 8)
    const [yes, no] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)]
    const value = program.readUInt32LE(at * 8 + 4)
    if (code === 0x20) word = call.readUInt32LE(value)
    else if (code === 0x15) at += word === value ? yes : no
    else if (code === 0x25) at += word > value ? yes : no
    else if (code === 0x45) at += (word & value) !== 0 ? yes : no
    else if (code === 0x06) return value
    else throw new Error(`unknown step ${code}`)
  }
}

describe.each(['x64', 'arm64', 'riscv64', 'loong64'])('on %s', (arch) => {
  const processor = processorOf(arch) as Processor
  const program = filterFor(processor)
  const ask = (number: number, ...args: readonly number[]): number =>
    answer(program, data(processor.audit, number, args))
  const call = (name: Call, ...args: readonly number[]): number =>
    ask(processor.numberOf(name)!, ...args)

  test('the kernel accepts the filter', () => {
    expect(stepsIn(program)).toBeLessThanOrEqual(MOST_STEPS)
  })

  test.each(REFUSED)('%s is refused', (name) => {
    const number = processor.numberOf(name)
    if (number !== undefined) expect(ask(number)).toBe(EPERM)
  })

  test('all other known system calls are allowed, later ones are refused', () => {
    const judged = ['clone', 'clone3', 'ioctl', 'socket', 'socketpair', ...REFUSED] as Call[]
    const numbers = new Set(judged.map((name) => processor.numberOf(name)))
    for (let number = 0; number <= LAST_KNOWN; number++)
      if (!numbers.has(number)) expect([number, ask(number)]).toEqual([number, ALLOW])
    for (const number of [LAST_KNOWN + 1, 999, 0x40000000, 0x40000000 | 165, 0xffffffff])
      expect([number, ask(number)]).toEqual([number, ENOSYS])
  })

  test('system calls of another architecture are refused', () => {
    expect(answer(program, data(0x40000003, 21, []))).toBe(ENOSYS)
  })

  test('a process may be created, a namespace may not', () => {
    expect(call('clone3')).toBe(ENOSYS)
    expect(call('clone', 0x01200011)).toBe(ALLOW)
    for (const bit of [0x80, 0x20000, ...[25, 26, 27, 28, 29, 30].map((i) => 2 ** i)])
      expect([bit, call('clone', bit | 17)]).toEqual([bit, EPERM])
  })

  test('input cannot be pushed into a terminal (TIOCSTI)', () => {
    expect([call('ioctl', 0, 0x5412), call('ioctl', 0, 0x541c)]).toEqual([EPERM, EPERM])
    expect([call('ioctl', 0, 0x5401), call('ioctl', 0, 0x8933)]).toEqual([ALLOW, ALLOW])
  })

  test.each(['socket', 'socketpair'] as const)(
    '%s sockets are allowed only for networking',
    (name) => {
      for (const family of [1, 2, 10, 17]) expect(call(name, family, 3, 77)).toBe(ALLOW)
      for (const family of [0, 15, 29, 31, 38, 40, 44, 255])
        expect(call(name, family, 3, 0)).toBe(EAFNOSUPPORT)
      for (const protocol of [0, 4, 6, 12, 16]) expect(call(name, 16, 3, protocol)).toBe(ALLOW)
      for (const protocol of [9, 11, 15, 18, 20, 21, 99])
        expect(call(name, 16, 3, protocol)).toBe(EPERM)
    },
  )
})

test('an unknown architecture has no filter', () => {
  expect(processorOf('ppc64')).toBe(undefined)
})
