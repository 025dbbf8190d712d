/** Rootless Podman: the same verdicts, by the same user, and nothing left. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Podman, whyNoPodman } from './podman.ts'

const BASE = 'nftproof-test/base'
const IMAGES = new URL('images/iptables', import.meta.url).pathname
const HOSTILE = new URL('images/hostile', import.meta.url).pathname
const RUN = ['run', 'default-egress', '--quiet', '--no-save', '--ports', '20-30,1020-1030']
const why = whyNoPodman()
if (why !== undefined) process.stdout.write(`rootless Podman is not tried: ${why}\n`)
let podman: Podman

beforeAll(async () => {
  if (why !== undefined) return
  podman = await Podman.start()
  const base = execFileSync('docker', ['save', BASE], { maxBuffer: 1 << 30 })
  podman.podman(['load', '--quiet'], base)
  cpSync(IMAGES, join(podman.home, 'iptables'), { recursive: true })
  cpSync(HOSTILE, join(podman.home, 'hostile'), { recursive: true })
})
afterAll(() => podman?.stop())
beforeEach((context) => {
  if (why !== undefined) context.skip(why)
  expect(podman.podman(['ps', '--all', '--quiet'])).toEqual([])
})

test("a ruleset loaded by the image's nft conforms", () => {
  const { code, out, err } = podman.nftproof([...RUN, '--target', `image:${BASE}`, '--load'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/✔ 1 scenario conforms/)
})

test('a fault in the rules of a compose service is found, and nothing is left behind', () => {
  const file = join(podman.home, 'appliance.yaml')
  writeFileSync(
    file,
    'compose: iptables/compose.yaml\nservice: firewall\nready: { log: rules are set }\n',
  )
  const { code, out } = podman.nftproof([...RUN, '--target', `container:${file}`])
  expect(code).toBe(1)
  expect(out).toMatch(/25 +│ blocked +│ OPEN/)
  expect(podman.podman(['ps', '--all', '--quiet'])).toEqual([])
  expect(podman.podman(['images', '--format', '{{.Repository}}'])).toEqual([`localhost/${BASE}`])
})

test("a ruleset loaded by the image's nft is compared with one loaded here", () => {
  const rules = join(podman.home, 'rules.nft')
  writeFileSync(
    rules,
    'table inet f {\n chain i {\n type filter hook input priority 0; policy drop;\n tcp dport 22 accept\n }\n}\n',
  )
  const other = join(podman.home, 'other.nft')
  writeFileSync(
    other,
    'table inet f {\n chain i {\n type filter hook input priority 0; policy drop;\n tcp dport { 22, 80 } accept\n }\n}\n',
  )
  const diff = (file: string) =>
    podman.nftproof([
      'diff',
      `image:${BASE},${rules}`,
      file,
      '--quick',
      '--to',
      'firewall',
      '--protocol',
      'tcp',
    ])
  expect(diff(rules).code).toBe(0)
  expect(diff(other)).toMatchObject({ code: 1, out: expect.stringMatching(/80 opened/) })
})

test("the image's nft is a process of its container", () => {
  const canary = join(podman.home, 'canary')
  writeFileSync(canary, 'alive')
  const service = `{ build: ./hostile, environment: { MODE: probe, CANARY: ${canary} } }`
  writeFileSync(join(podman.home, 'probe.yaml'), `services: { edge: ${service} }\n`)
  const image = `compose:${join(podman.home, 'probe.yaml')}#edge`
  const { code, out, err } = podman.nftproof([...RUN, '--target', `image:${image}`, '--load'])
  const said = `${out}${err}`
  expect({ code, said }).toEqual({ code: 2, said })
  expect(said).toMatch(/^ *first sh -c trap/m)
  expect(said).toMatch(/^ *privileges 1 2$/m)
  expect(said).not.toContain('is another')
  expect(said).not.toContain('XDG_RUNTIME_DIR')
  for (const what of ['read', 'write', 'above', 'core', 'mount', 'disk', 'trigger', 'engine'])
    expect(said).toMatch(new RegExp(`^ *${what} refused$`, 'm'))
  expect(readFileSync(canary, 'utf8')).toBe('alive')
})
