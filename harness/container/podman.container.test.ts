/** Rootless Podman: the same verdicts, by the same user, and nothing left. */
import { execFileSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Podman, whyNoPodman } from './podman.ts'

const BASE = 'nftproof-test/base'
const IMAGES = new URL('images/iptables', import.meta.url).pathname
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
})
afterAll(() => podman?.stop())
beforeEach((context) => {
  if (why !== undefined) context.skip(why)
  expect(podman.podman(['ps', '--all', '--quiet'])).toEqual([])
})

test("what the image's nft loads conforms", () => {
  const { code, out, err } = podman.nftproof([...RUN, '--image', BASE, '--load'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/✔ 1 scenario conforms/)
})

test('a fault in what a compose service sets up by itself is found, and nothing is left', () => {
  const file = join(podman.home, 'appliance.yaml')
  writeFileSync(
    file,
    'compose: iptables/compose.yaml\nservice: firewall\nready: { log: rules are set }\n',
  )
  const { code, out } = podman.nftproof([...RUN, '--container', file])
  expect(code).toBe(1)
  expect(out).toMatch(/25 +│ blocked +│ OPEN/)
  expect(podman.podman(['ps', '--all', '--quiet'])).toEqual([])
  expect(podman.podman(['images', '--format', '{{.Repository}}'])).toEqual([`localhost/${BASE}`])
})

test("two firewalls, one loaded by the image's nft and one by this machine's", () => {
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
