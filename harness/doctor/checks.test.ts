/** A limit that a run would reach is reported before. */
import { expect, test } from 'vitest'
import { checkProcesses } from './checks.ts'

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max stack size            8388608              unlimited            bytes
Max processes             ${soft.padEnd(20)} 15000                processes
`

test.each([
  ['18', false, 'warning'],
  ['63', false, 'warning'],
  ['64', false, 'ok'],
  ['unlimited', false, 'ok'],
  ['18', true, 'ok'],
])('a limit of %s processes, as root: %s', (soft, isRoot, status) => {
  expect(checkProcesses(limits(soft), isRoot)).toMatchObject({ name: 'processes', status })
})

test('the remedy names the limit', () => {
  const { found, remedy } = checkProcesses(limits('18'), false)
  expect(`${found}: ${remedy}`).toMatch(/^limit: 18, .*ulimit -u/)
})

test('this machine has such a file', () => {
  expect(checkProcesses()).toMatchObject({ name: 'processes' })
})
