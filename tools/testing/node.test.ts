import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { oldNode } from './node.ts'

test.each(['18.20.4', '20.20.2', '22.13.0', '22.17.1'])('Node %s is refused', (version) => {
  expect(oldNode(version)).toBe(
    `vitest: Node ${version} cannot run TypeScript: use npm test, or node_modules/.bin/node node_modules/vitest/vitest.mjs`,
  )
})

test.each(['22.18.0', '24.0.0', '26.1.0'])('Node %s runs the tests', (version) => {
  expect(oldNode(version)).toBeUndefined()
})

test('vitest ends with one line and exit code 2', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(old)}`,
      'node_modules/vitest/vitest.mjs',
      'run',
      'src/net',
    ],
    { cwd: root, encoding: 'utf8' },
  )
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: `${oldNode('20.20.2')}\n`,
  })
})
