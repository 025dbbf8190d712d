/** The package as others get it: packed, installed elsewhere, and run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownVersion } from '../harness/output/versions.ts'

const ROOT = new URL('..', import.meta.url).pathname
const NPM = ['--no-audit', '--no-fund', '--no-update-notifier']
let home: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'nftproof-pack-'))
  execFileSync('npm', ['pack', ...NPM, '--pack-destination', home], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz'))!
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ private: true, type: 'module', allowScripts: { koffi: true } }),
  )
  execFileSync('npm', ['install', ...NPM, join(home, tarball)], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
})

afterAll(() => rmSync(home, { recursive: true, force: true }))

function installed(args: readonly string[]) {
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`
  const { status, stdout, stderr } = spawnSync(join(home, 'node_modules/.bin/nftproof'), args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
  })
  return { status, stdout, stderr }
}

test('the command says its version and has the shipped scenarios', () => {
  expect(installed(['--version'])).toEqual({ status: 0, stdout: `${ownVersion()}\n`, stderr: '' })
  expect(installed(['run', '--bundled', '--list']).stdout).toContain('default-egress ')
})

test('the shipped scenarios are proved only where they are asked for', () => {
  expect(installed(['run', '--list'])).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/there is no folder "scenarios" here[\s\S]*--bundled/),
  })
})

test('a shipped policy is shown and compiled', () => {
  const policy = join(home, 'node_modules/nftproof/scenarios/policies/zerops.yaml')
  expect(installed(['policy', 'show', policy]).stdout).toContain('TCP: 64,516 open, 1,020 blocked')
  expect(installed(['compile', policy, '--project', 'shop=eth1,10.20.1.0/24']).stdout).toContain(
    'table inet egress_zerops {',
  )
})

test('a scenario runs in a sandbox of its own', () => {
  const { status, stdout, stderr } = installed([
    'run',
    'default-egress',
    '--bundled',
    '--ports',
    '20-30',
    '--no-save',
  ])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/✔ 1 scenario conforms: 44 numbers probed/)
})

test('its pure parts can be imported, with their types there', () => {
  const script =
    "import { PortSet, readPolicy } from 'nftproof'; console.log(PortSet.parse('1-3').size, typeof readPolicy)"
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    encoding: 'utf8',
  })
  expect(out).toBe('3 function\n')
  expect(readdirSync(join(home, 'node_modules/nftproof/dist/src'))).toContain('index.d.ts')
})
