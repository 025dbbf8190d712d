/** The package as others get it: packed, installed elsewhere, and run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownVersion } from '../harness/output/versions.ts'
import { STARTED } from '../harness/system/module-url.ts'

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

test('the command prints its version and has the shipped scenarios', () => {
  expect(installed(['--version'])).toEqual({ status: 0, stdout: `${ownVersion()}\n`, stderr: '' })
  expect(installed(['run', '--bundled', '--list']).stdout).toContain('default-egress ')
})

test('the shipped scenarios run only on request', () => {
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

test('a scenario runs in its own sandbox', () => {
  const { status, stdout, stderr } = installed([
    'run',
    'default-egress',
    '--bundled',
    '--ports',
    '20-30',
    '--no-save',
  ])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/✔ 1 scenario conforms: 44 (?:ports|numbers) probed/)
})

test('its pure parts can be imported, with their types', () => {
  const script =
    "import { PortSet, readPolicy } from 'nftproof'; console.log(PortSet.parse('1-3').size, typeof readPolicy)"
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    encoding: 'utf8',
  })
  expect(out).toBe('3 function\n')
})

test('its types suffice for a TypeScript program', () => {
  const program = join(home, 'program.ts')
  writeFileSync(
    program,
    "import { PortSet } from 'nftproof'\nexport const size: number = PortSet\n",
  )
  const args = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', program]
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), args, {
    cwd: home,
    encoding: 'utf8',
  })
  // The only error is the program's own.
  expect(stdout).toMatch(/^program\.ts\(2,14\): error TS2322: Type 'typeof PortSet'[^\n]*\n[^\n]*$/)
})

const OLD =
  'table inet filter { chain forward { type filter hook forward priority 0; iifname "lan0" oifname "wan0" tcp dport 80 accept; policy drop; }; }'

test('two rulesets are compared', () => {
  writeFileSync(join(home, 'old.nft'), OLD)
  writeFileSync(join(home, 'new.nft'), OLD.replace('80', '81'))
  const few = ['--quick', '--family', 'ipv4', '--protocol', 'tcp']
  const { status, stdout } = installed(['diff', 'old.nft', 'new.nft', ...few])
  expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('81') })
})

test('a script sets a firewall, confined', () => {
  writeFileSync(join(home, 'setup.sh'), `nft '${OLD}'\n`)
  const { status, stdout } = installed(['explain', 'script:setup.sh', 'lan0', 'wan0', 'tcp/80'])
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/dport 80 accept/),
  })
})

test('doctor runs the same checks as in a clone', () => {
  const { stdout } = installed(['doctor'])
  expect(stdout).toMatch(/packet sockets .*koffi loads and opens a packet socket/)
})

test('every command has a usage line', () => {
  for (const command of TRIED)
    expect({ command, ...installed([...command.split(' '), '--help']) }).toMatchObject({
      command,
      status: 0,
      stderr: '',
    })
})

const TRIED = [
  'merge',
  'matrix',
  'show',
  'explain',
  'compile',
  'policy show',
  'request review',
  'lab infer',
  'doctor',
]

test('each started module is one file that loads no other file of the package', () => {
  const dist = join(home, 'node_modules/nftproof/dist')
  for (const name of Object.keys(STARTED).filter((one) => one !== 'nftproof')) {
    const text = readFileSync(join(dist, `${name}.js`), 'utf8')
    const loaded = [...text.matchAll(/^import [^'"]*["']([^'"]+)["']/gm)].map(([, from]) => from!)
    expect({ name, loaded: loaded.filter((from) => !/^node:|^koffi$/.test(from)) }).toEqual({
      name,
      loaded: [],
    })
  }
})

test('the licence of every bundled package is included', () => {
  const own = join(home, 'node_modules/nftproof')
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  const licenses = readFileSync(join(own, 'dist/LICENSES.txt'), 'utf8')
  const bundled = Object.keys(dependencies).filter((name) => name !== 'koffi')
  for (const name of bundled)
    expect(licenses).toMatch(new RegExp(`^${name} [0-9.]+ \\((?:MIT|ISC)\\)\n\n`, 'm'))
  expect(licenses.match(/Copyright/gi)!.length).toBeGreaterThanOrEqual(bundled.length)
})
