import { expect, test } from 'vitest'
import { parseServices } from './services.ts'

const TEXT = `# a comment
smtp\t\t25/tcp\t\tmail
domain 53/udp # DNS
domain 53/tcp
second\t25/tcp
 indented 26/tcp
#http 80/tcp
odd 80/sctp
far 70000/tcp
nothing
submission 587/tcp#Mail`

test('services have names by protocol and port; the first name counts; other lines are skipped', () => {
  const services = parseServices(TEXT)
  expect(services.nameOf('tcp', 25)).toBe('smtp')
  expect(services.nameOf('udp', 25)).toBeUndefined()
  expect(services.nameOf('udp', 53)).toBe('domain')
  expect(services.nameOf('tcp', 80)).toBeUndefined()
  expect(services.namesIn('tcp', { from: 0, to: 65535 })).toEqual([
    'smtp',
    'indented',
    'domain',
    'submission',
  ])
  expect(services.namesIn('tcp', { from: 27, to: 52 })).toEqual([])
})

test('CRLF and empty text are read', () => {
  expect(parseServices('smtp 25/tcp\r\nx 26/tcp\r\n').namesIn('tcp', { from: 25, to: 26 })).toEqual(
    ['smtp', 'x'],
  )
  expect(parseServices('').namesIn('tcp', { from: 0, to: 65535 })).toEqual([])
})
