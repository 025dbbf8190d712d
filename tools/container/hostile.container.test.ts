/** Claim: an image's programs are processes of its container, whatever they try, and what they cost is limited. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { memoryLimit } from '../../harness/provider/confined.ts'
import { type Ended, nftproof } from '../testing/command.ts'

const HOSTILE = 'nftproof-test/hostile'
const BASE = 'nftproof-test/base'
const IMAGES = new URL('images', import.meta.url).pathname
const QUICK = ['default-egress', '--quiet', '--no-save', '--ports', '20-30', '--family', 'ipv4']
const SECRET = 'canary-that-sings'
/** Far above what our own nft needs, whose limit it is too. */
const LIMIT_S = 20
let folder: string
let canary: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  canary = file('canary', 'alive')
  docker('build', '--quiet', '--network', 'none', '--tag', HOSTILE, `${IMAGES}/hostile`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  expect(docker('ps', '--all', '--quiet', '--filter', 'label=nftproof.run')).toEqual([])
  expect(readFileSync(canary, 'utf8')).toBe('alive')
})

const docker = (...args: string[]): string[] =>
  execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean)

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended =>
  nftproof(['run', ...QUICK, ...args], { env: { NFTPROOF_TEST_SECRET: SECRET, ...env } })

/** Rules are to be loaded by the nft of the hostile image. */
function loadedBy(mode: string): Ended {
  const service = `{ image: ${HOSTILE}, environment: { MODE: ${mode}, CANARY: ${canary} } }`
  const compose = file(`${mode}.yaml`, `services: { edge: ${service} }\n`)
  const limit = `nft=${LIMIT_S}`
  return run(['--target', `compose:${compose}#edge`, '--load'], { NFTPROOF_TIME_LIMITS: limit })
}

describe("an image's own nft", () => {
  let said: string
  const line = (name: string): string =>
    new RegExp(`^ *${name} (.*)$`, 'm').exec(said)?.[1]?.trim() ?? `nothing of ${name}: ${said}`

  beforeAll(() => {
    const { code, out, err } = loadedBy('probe')
    said = `${out}${err}`
    expect({ code, said }).toEqual({ code: 2, said })
  })

  test('has only the capabilities and the seccomp filter of the container', () => {
    const status = docker(
      ...['run', '--rm', '--network', 'none', '--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW'],
      ...[BASE, 'cat', '/proc/self/status'],
    )
    const own = (name: string): string =>
      status.find((one) => one.startsWith(`${name}:`))!.split(/\s+/)[1]!
    expect(line('capabilities')).toBe(['CapEff', 'CapPrm', 'CapBnd'].map(own).join(' '))
    expect(line('privileges')).toBe(`1 ${own('Seccomp')}`)
  })

  test('runs in the namespaces of the container', () => {
    expect(said).not.toContain('is another')
    expect(line('first')).toMatch(/^sh -c trap/)
  })

  test('gets none of the environment of nftproof', () => {
    expect(line('variables').split(' ').sort()).toEqual(
      ['CANARY', 'HOME', 'HOSTNAME', 'MODE', 'PATH', 'PWD'].sort(),
    )
    expect(said).not.toContain(SECRET)
  })

  test('gets no open file descriptors', () => {
    const all = [...said.matchAll(/^ *descriptor (.*)$/gm)].map(([, target]) => target)
    expect([...new Set(all)].sort()).toEqual(['/usr/sbin/nft', 'pipe:'])
  })

  test.each([
    ...['read', 'write', 'above', 'core', 'mount', 'remount', 'disk', 'namespace', 'trigger'],
    ...['engine'],
  ])('is refused the attempt "%s" outside of the container', (what) => {
    expect(line(what)).toBe('refused')
  })
})

describe('the resources of an image are limited', () => {
  test('time: an nft that hangs is stopped with its processes', () => {
    const { code, out, err } = loadedBy('hang')
    expect(`${out}${err}`).toContain(`nft did not end within ${LIMIT_S} s: it was stopped`)
    expect(code).toBe(3)
  })

  test('output: an nft that prints endlessly is stopped', () => {
    const { code, out, err } = loadedBy('flood')
    expect(`${out}${err}`).toMatch(
      /nft printed more than 1,048,576 bytes, the most that is read of a program: it was stopped/,
    )
    expect(code).toBe(3)
  })

  test('processes: forks stop at the limit of the container', () => {
    const { out, err } = loadedBy('forks')
    const processes = Number(/^ *processes (\d+)/m.exec(`${out}${err}`)?.[1])
    expect(processes).toBeGreaterThan(900)
    expect(processes).toBeLessThanOrEqual(1024)
    expect(`${out}${err}`).toMatch(/Cannot fork/)
  })

  test('memory and processes of the whole container', () => {
    const limits = ['memory/memory.limit_in_bytes', 'memory.max', 'pids/pids.max', 'pids.max']
    const paths = limits.map((name) => `/sys/fs/cgroup/${name}`).join(' ')
    const command = `[sh, -c, "cat ${paths} 2>/dev/null; exit 7"]`
    file('look.yaml', `services: { edge: { image: ${BASE}, command: ${command} } }\n`)
    const box = file('box.yaml', 'compose: look.yaml\nservice: edge\nready: { log: never }\n')
    const { err } = run(['--target', `container:${box}`])
    expect(err).toMatch(new RegExp(`ended with code 7.*\\n {2}${memoryLimit()}\\n {2}1024\\n`))
  })
})

describe('false output of an image is not believed', () => {
  test.each(['lie', 'silent', 'long'])('%s', (mode) => {
    const { code, out, err } = loadedBy(mode)
    expect(err).toMatch(/cannot load the ruleset: its nft reports no version/)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toContain('\u001b')
  })
})

test('a sign of readiness is looked for inside the container, also behind links', () => {
  const text = `FROM ${BASE}\nRUN ln -s ${canary} /ready\nCMD ["sh", "-c", "sleep 3600"]\n`
  file('Dockerfile', text)
  const box = file('box.yaml', 'dockerfile: Dockerfile\nready: { file: /ready, timeout: 2 }\n')
  const { code, err } = run(['--target', `container:${box}`])
  expect(err).toMatch(/was not ready within 2 s: nftproof waited for the file \/ready/)
  expect(code).toBe(2)
})

test('a sign of readiness is looked for by the engine when the image has no program for it', () => {
  const text = `FROM ${BASE}
COPY start.sh /start.sh
RUN rm /usr/bin/test
CMD ["sh", "/start.sh"]
`
  file('Dockerfile', text)
  file('start.sh', readFileSync(`${IMAGES}/iptables/start.sh`, 'utf8'))
  const box = file('box.yaml', 'dockerfile: Dockerfile\nready: { file: /run/firewall-is-up }\n')
  expect(run(['--target', `container:${box}`])).toMatchObject({ code: 0 })
})

test('only the last lines of a container that prints without end are kept', () => {
  const text = `FROM ${BASE}\nCMD ["sh", "-c", "yes out; sleep 3600"]\n`
  file('Dockerfile', text)
  const box = file('box.yaml', 'dockerfile: Dockerfile\nready: { log: never, timeout: 3 }\n')
  const { code, err } = run(['--target', `container:${box}`])
  expect(err).toMatch(
    /was not ready within 3 s: nftproof waited for "never" in its output:\n {2}out\n/,
  )
  expect(code).toBe(2)
})

describe('while an image is built', () => {
  const build = (...lines: string[]) => {
    file('Dockerfile', `FROM ${BASE}\nCOPY start.sh /start.sh\n${lines.join('\n')}\n`)
    file('start.sh', readFileSync(`${IMAGES}/iptables/start.sh`, 'utf8'))
    return file('box.yaml', 'dockerfile: Dockerfile\nready: { log: rules are set }\n')
  }
  const LINKS = 'RUN echo "links: $(ls /sys/class/net | tr "\\n" " ")"; exit 9'

  test('its commands have no network without --trust', () => {
    const box = build(LINKS)
    const { code, err } = run(['--target', `container:${box}`])
    expect(err).toMatch(/Dockerfile cannot be built: .*returned a non-zero code: 9/)
    expect(err).toMatch(/^ *links: lo *$/m)
    expect(err).toMatch(/The build has no network: --trust build allows it/)
    expect(code).toBe(2)
    expect(run(['--target', `container:${box}`, '--trust', 'build']).err).toMatch(
      /^ *links: eth0 lo *$/m,
    )
  })

  test('everything untrusted is refused together before an engine is contacted', () => {
    const box = build('RUN --network=host id', 'ADD http://192.0.2.1/x /x')
    const { code, err } = nftproof(['run', ...QUICK, '--target', `container:${box}`], {
      env: { DOCKER_HOST: `unix://${folder}/nobody.sock` },
    })
    expect(err).toMatch(/Dockerfile:3:1: RUN --network: .*\n.*Dockerfile:4:1: ADD "http:/)
    expect(code).toBe(2)
  })
})

describe('a compose file that needs more than a container', () => {
  const start = `${IMAGES}/iptables/start.sh`
  const compose = (more: string): string => {
    file(
      'more.yaml',
      `services:\n  edge:\n    image: ${BASE}\n    command: [sh, /start.sh]\n${more}`,
    )
    return file('box.yaml', 'compose: more.yaml\nservice: edge\nready: { log: rules are set }\n')
  }

  test('is refused before an engine is contacted', () => {
    const box = compose('    privileged: true\n    pid: host\n')
    const { code, err } = nftproof(['run', ...QUICK, '--target', `container:${box}`], {
      env: { DOCKER_HOST: `unix://${folder}/nobody.sock` },
    })
    expect(err).toMatch(/more\.yaml:5:5: privileged: .*\n.*more\.yaml:6:5: pid "host": /)
    expect(code).toBe(2)
  })

  test('is accepted with --trust, which the replay command repeats', () => {
    const box = compose(
      `    volumes: ["${start}:/start.sh:ro"]\n    environment: { ALLOWED: "22,25" }\n`,
    )
    expect(run(['--target', `container:${box}`])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--trust volumes/),
    })
    const { code, out } = run([
      '--target',
      `container:${box}`,
      '--trust',
      'volumes',
      '--protocol',
      'tcp',
    ])
    expect(out).toMatch(/25 +│ blocked +│ OPEN/)
    expect(out).toMatch(/replay: nftproof run .*--trust volumes .*--ports 25/)
    expect(code).toBe(1)
  })
})
