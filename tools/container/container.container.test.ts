/** Firewalls in containers: their own start-up, seeded faults, whatever can go wrong, and nothing left behind. */
import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { SUPERVISED } from '../../harness/supervisor/watched.ts'
import { type Ended, nftproof, startNftproof } from '../testing/command.ts'
import { PATIENCE } from '../testing/mark.ts'
import { REJECTING, RIGHT, rulesetOf } from '../testing/ruleset.ts'

const BASE = 'nftproof-test/base'
const IMAGES = new URL('images/iptables', import.meta.url).pathname
const QUICK = ['default-egress', '--quiet', '--no-save', '--ports', '20-30,1020-1030']
const FOUR = ['--family', 'ipv4', '--protocol', 'tcp']
const RUN = 'nftproof.run'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-container-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function docker(...args: string[]): string[] {
  return execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean)
}

const containers = (): string[] => docker('ps', '--all', '--quiet', '--filter', `label=${RUN}`)
/** Processes that running containers end with. While an image is built there are others. */
const owners = (): string[] =>
  docker('ps', '--filter', `label=${RUN}`, '--format', '{{.Label "nftproof.owner"}}').map(
    (owner) => owner.split(' ')[2]!,
  )
const images = (): string[] => docker('images', '--quiet', '--filter', `label=${RUN}`)
/** Docker makes one for each label. */
const parts = (): string[] =>
  docker('images', '--all', '--quiet', '--filter', 'label=nftproof.owner')

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function run(...args: string[]): Ended {
  const { code, out, err } = nftproof(['run', ...QUICK, '--root', '/', ...args], {
    cwd: process.cwd(),
  })
  return { code, out, err: err.replace(/.*warning.*\n/, '') }
}

const container = (...lines: string[]): string[] => [
  '--target',
  `container:${file('container.yaml', `${lines.join('\n')}\n`)}`,
]

afterEach(() => {
  expect([containers(), images(), parts()]).toEqual([[], [], []])
})

describe("an image's own start-up", () => {
  test.each([
    ['a line of its output', 'log: rules are set'],
    ['a command', "command: 'test -s /run/firewall-is-up'"],
    ['a file', 'file: /run/firewall-is-up'],
  ])('that sets iptables rules conforms once it is ready by %s', (_, ready) => {
    const { code, out, err } = run(
      ...container(`dockerfile: ${IMAGES}/Dockerfile`, `ready: { ${ready} }`),
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/✔ 1 scenario conforms/)
  })

  test('of a compose service with a fault: found, with the rule and a replay command', () => {
    const { code, out } = run(
      ...container(
        `compose: ${IMAGES}/compose.yaml`,
        'service: firewall',
        'ready: { log: rules are set }',
      ),
      ...FOUR,
    )
    expect(code).toBe(1)
    expect(out).toMatch(/25 +│ blocked +│ OPEN/)
    expect(out).toContain('filter FORWARD: iifname "shop0"')
    expect(out).toMatch(
      /--target container:\S+ (?:--\S+ \S+ )*default-egress --family ipv4 --protocol tcp --ports 25/,
    )
  })
})

describe("a ruleset loaded by the image's own nft", () => {
  test("has that nft's version in the result", () => {
    const { code, out } = nftproof([
      'run',
      ...QUICK.filter((flag) => flag !== '--quiet'),
      ...FOUR,
      '--reporter',
      'json',
      '--target',
      `image:${BASE}`,
      '--load',
    ])
    expect(code).toBe(0)
    const { scenarios, tested } = JSON.parse(out)
    const id = execFileSync('docker', ['image', 'inspect', '--format', '{{.Id}}', BASE], {
      encoding: 'utf8',
    })
    const sha256 = id.trim().replace('sha256:', '')
    expect(tested.firewalls).toEqual([{ origin: `image:${BASE}`, what: 'image', sha256 }])
    const [scenario] = scenarios
    expect(scenario.ruleset.origin).toMatch(
      /zerops\.yaml, loaded in image:nftproof-test\/base \(nft \d+\.\d+\.\d+\)/,
    )
  })

  test('is refused with its position in the file', () => {
    const broken = file('broken.nft', 'table inet t {\n  chain c {\n    nonsense\n  }\n}\n')
    const { code, err } = run('--target', `image:${BASE}`, '--ruleset', broken)
    expect(err).toMatch(/broken\.nft:3:\d+-\d+: Error/)
    expect(code).toBe(2)
  })

  test('is compared with a ruleset loaded here', () => {
    const [old, young] = [file('old.nft', rulesetOf(RIGHT)), file('new.nft', rulesetOf(REJECTING))]
    const paths = ['--quick', ...FOUR, '--from', 'shop0', '--to', 'eth0']
    const same = nftproof(['diff', `image:${BASE},${old}`, old, '--quick', ...FOUR])
    expect({ code: same.code, err: same.err.includes('combinations') }).toEqual({
      code: 0,
      err: true,
    })
    const other = nftproof(['diff', `image:${BASE},${old}`, young, ...paths.slice(0, 5)])
    expect(other.out).toMatch(/dropped → rejected/)
    expect(other.code).toBe(1)
  })
})

describe('an error is reported', () => {
  test.each([
    [
      'no sign of readiness',
      () => ['--target', `image:${BASE}`],
      2,
      /ready is missing: name the sign that its rules are set/,
    ],
    [
      'an image that is nowhere',
      () => ['--target', 'image:nftproof-test/nowhere', '--load'],
      3,
      /image nftproof-test\/nowhere is not here, and cannot be fetched: .*Build it, load it/,
    ],
    [
      'a container that exits',
      () => container(`dockerfile: ${IMAGES}/crashing.Dockerfile`, 'ready: { log: rules are set }'),
      2,
      /ended with code 7, so there is no firewall:\n.*setting up\n {2}cannot find my configuration/s,
    ],
    [
      'a container that is never ready',
      () =>
        container(
          `dockerfile: ${IMAGES}/Dockerfile`,
          'ready: { log: this never comes, timeout: 1 }',
        ),
      2,
      /was not ready within 1 s: nftproof waited for "this never comes" in its output/,
    ],
    [
      'a container without NET_ADMIN',
      () => container(`dockerfile: ${IMAGES}/nobody.Dockerfile`, 'ready: { file: /etc/passwd }'),
      2,
      /has no NET_ADMIN, .* runs as user 65534/,
    ],
    [
      'an image without nft',
      () => ['--target', 'image:nftproof-test/bare', '--load'],
      2,
      /image:nftproof-test\/bare cannot load the ruleset: it has no nft/,
    ],
    [
      'a Dockerfile that is not there',
      () => container('dockerfile: nowhere/Dockerfile', 'ready: { log: x }'),
      2,
      /nowhere\/Dockerfile: no such file/,
    ],
    [
      'a service that is not there',
      () => container(`compose: ${IMAGES}/compose.yaml`, 'service: firewal', 'ready: { log: x }'),
      2,
      /compose\.yaml:2:1: unknown service "firewal" — did you mean "firewall"\?/,
    ],
    [
      'a service with what is not known here',
      () => container(`compose: ${IMAGES}/compose.yaml`, 'service: odd', 'ready: { log: x }'),
      2,
      /compose\.yaml:14:5: unknown key "gpus"/,
    ],
    [
      'a container file with two images',
      () => container('image: a', 'dockerfile: b'),
      2,
      /must have one of image, dockerfile and compose/,
    ],
    [
      'without root, beside an engine that is root’s',
      () => ['--target', `image:${BASE}`, '--load', '--rootless'],
      3,
      /leave --rootless out/,
    ],
  ] as const)('%s', (_, args, code, message) => {
    const { code: ended, err } = run(...args())
    expect(err).toMatch(message)
    expect(ended).toBe(code)
  })

  const said = (setting: Parameters<typeof nftproof>[1]): [number | null, string] => {
    const { code, err } = nftproof(
      ['run', ...QUICK, '--target', `image:${BASE}`, '--load'],
      setting,
    )
    return [code, err.replace(/.*warning.*\n/, '')]
  }

  test('when the engine does not answer', () => {
    expect(said({ env: { DOCKER_HOST: `unix://${folder}/nobody.sock` } })).toEqual([
      3,
      expect.stringMatching(/the container engine at DOCKER_HOST=unix:\S+ does not answer/),
    ])
  })

  test('when there is no engine', () => {
    const lead = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /run; exec "$@"', 'sh']
    expect(said({ lead, env: { DOCKER_HOST: '', HOME: folder, XDG_RUNTIME_DIR: folder } })).toEqual(
      [3, expect.stringMatching(/no container engine was found: install and start Docker/)],
    )
  })

  test('when testcontainers is not installed', () => {
    const missing = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  if (name === 'testcontainers') throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  return next(name, context)
} })`
    const hook = file('hook.mjs', missing)
    expect(said({ env: { NODE_OPTIONS: `--import=${hook}` } })).toEqual([
      3,
      expect.stringMatching(/which is not installed: npm install testcontainers/),
    ])
  })
})

describe('after SIGKILL', () => {
  test('the next run removes the leftovers, but nothing of another running command', async () => {
    const args = [
      'run',
      'default-egress',
      '--quiet',
      '--no-save',
      ...['--root', '/'],
      ...container(
        `dockerfile: ${IMAGES}/Dockerfile`,
        'ready: { log: this never comes, timeout: 3600 }',
      ),
    ]
    // Labels name the process that measures, not its supervisor.
    const start = (): ChildProcess => startNftproof(args, { [SUPERVISED]: '1' })
    const [killed, other] = [start(), start()]
    const ended = [killed, other].map((one) => new Promise((resolve) => one.on('exit', resolve)))
    const has = (one: ChildProcess): boolean => owners().includes(`${one.pid}`)
    try {
      await expect.poll(() => has(killed) && has(other), PATIENCE).toBe(true)
      killed.kill('SIGKILL')
      await ended[0]
      expect([has(killed), has(other), images().length]).toEqual([true, true, 2])
      expect(run('--target', `image:${BASE}`, '--load', ...FOUR).code).toBe(0)
      expect([has(killed), has(other), images().length]).toEqual([false, true, 1])
    } finally {
      other.kill('SIGINT')
    }
    expect(await ended[1]).toBe(130)
  })
})
