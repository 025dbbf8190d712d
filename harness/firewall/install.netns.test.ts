/** Firewalls of every kind, loaded: what the kernel has of them, and what is said of those that cannot be. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'

let sandbox: Sandbox
let lab: Lab
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-install-'))
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  lab = await sandbox.openLab({
    family: 4,
    zones: [
      {
        name: 'eth0',
        link: 'eth0',
        addresses: [{ family: 4, address: '203.0.113.10', prefixLength: 24 }],
      },
    ],
  })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

const part = (
  kind: FirewallPart['kind'],
  text: string,
  more: Partial<FirewallPart> = {},
): FirewallPart => ({
  kind,
  file: 'rules',
  text,
  stretches: [{ from: 1, file: 'rules', line: 1 }],
  ...more,
})
const firewall = (...parts: FirewallPart[]): Firewall => ({ origin: 'rules', parts })

async function listed(...parts: FirewallPart[]): Promise<string> {
  await lab.install(firewall(...parts))
  const { listing, legacy } = await lab.inspect()
  return [listing, legacy[4] ?? '', legacy[6] ?? ''].join('\n')
}

const SAVED =
  '*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n'

describe('a firewall is loaded', () => {
  test.each<[string, FirewallPart[], RegExp]>([
    [
      'nftables text',
      [part('nft', 'table inet t {\n\tchain c {\n\t\ttcp dport 22 accept\n\t}\n}\n')],
      /tcp dport 22 accept/,
    ],
    [
      'the output of iptables-save',
      [part('iptables', SAVED)],
      /table ip filter[\s\S]*iifname "eth0"/,
    ],
    [
      'the output of ip6tables-save',
      [part('ip6tables', SAVED)],
      /table ip6 filter[\s\S]*iifname "eth0"/,
    ],
    [
      'both, by iptables-legacy',
      [
        part('iptables', SAVED, { backend: 'legacy' }),
        part('ip6tables', SAVED, { backend: 'legacy' }),
      ],
      /-A INPUT -i eth0[\s\S]*-A INPUT -i eth0/,
    ],
    [
      'a script',
      [
        part('script', 'ip link show eth0 >/dev/null && nft add table inet made\n', {
          folder: '/',
        }),
      ],
      /table inet made/,
    ],
    [
      'users that this machine does not have',
      [
        part(
          'nft',
          'table inet t {\n\tchain c {\n\t\tmeta skuid { "proxy-x", "vpn-x" } accept\n\t\tmeta skgid "staff-x" accept\n\t}\n}\n',
        ),
      ],
      /skuid \{ .*\} accept[\s\S]*skgid/,
    ],
  ])('%s', async (_, parts, expected) => {
    expect(await listed(...parts)).toMatch(expected)
  })

  test('in place of the previous rules of any kind', async () => {
    await listed(part('iptables', SAVED, { backend: 'legacy' }))
    const after = await listed(part('nft', 'table inet only {\n}\n'))
    expect(after).toMatch(/table inet only/)
    expect(after).not.toMatch(/eth0|DROP/)
  })
})

describe('a firewall that cannot be loaded', () => {
  test.each<[string, FirewallPart, typeof InputError | typeof EnvironmentError, RegExp]>([
    [
      'a syntax error, with its position',
      part('nft', 'table inet t {\n\tchain c {\n\t\ttcp dport 99999 accept\n\t}\n}\n'),
      InputError,
      /nft refuses rules:\nrules:3:13-17: Error: .*\n\t\ttcp dport 99999 accept\n\s+\^/,
    ],
    [
      'a missing chain',
      part('nft', 'table inet t {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n'),
      InputError,
      /rules:3:8-14/,
    ],
    [
      'an interface that is missing in the lab',
      part('nft', 'table inet t {\n\tchain c {\n\t\tiif "wg7" accept\n\t}\n}\n'),
      InputError,
      /Interface does not exist[\s\S]*lab file/,
    ],
    ['syntax of a newer nft', part('nft', 'destroy table inet t\n'), EnvironmentError, /destroy/],
    ['Windows line endings', part('nft', 'table inet t {\r\n}\r\n'), InputError, /CRLF/],
    [
      'a line that iptables-restore refuses',
      part('iptables', '*filter\n-A INPUT --nonsense\nCOMMIT\n'),
      InputError,
      /iptables-restore refuses rules:[\s\S]*rules:2/,
    ],
    [
      'a script that fails',
      part('script', 'echo it is broken >&2\nexit 7\n', { folder: '/' }),
      InputError,
      /the script rules ended with code 7:\nit is broken/,
    ],
    [
      'a missing interpreter',
      part('script', 'x\n', { folder: '/', interpreter: ['/bin/nosuchshell'] }),
      EnvironmentError,
      /\/bin\/nosuchshell is not on this machine/,
    ],
  ])('%s', async (_, one, kind, message) => {
    const error = await lab.install(firewall(one)).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toMatch(message)
  })
})

test('a script writes only to memory and changes only network settings', async () => {
  const file = join(folder, 'written')
  const script = `echo here > ${file}; cat ${file}
echo 1 > /proc/sys/net/ipv4/conf/eth0/log_martians || exit 4
if echo 1 > /proc/sys/kernel/panic; then exit 5; fi
nft add table inet "seen_$(cat ${file})"
`
  expect(await listed(part('script', script, { folder }))).toMatch(/table inet seen_here/)
  expect(existsSync(file)).toBe(false)
})

// What was mounted before a user namespace was made is locked in it (mount_namespaces(7)).
test('a script writes only to memory below a locked mount too', () => {
  mkdirSync(join(folder, 'around/mounted'), { recursive: true })
  const file = join(folder, 'around/written')
  writeFileSync(join(folder, 'around/beside'), 'beside\n')
  const text = `set -e
echo here > ${file}; cat ${file}
echo there > ${folder}/around/mounted/written
cat ${folder}/around/mounted/inside ${folder}/around/beside
exit 9
`
  const script = part('script', text, { folder: join(folder, 'around') })
  const inner = `mount -t tmpfs none /run; exec "$0" --input-type=module -e "
    import { runScript } from '${new URL('script.ts', import.meta.url).pathname}'
    runScript(JSON.parse(process.argv[1]))" "$2"`
  const outer = `mount -t tmpfs none "$1/around/mounted"; echo inside > "$1/around/mounted/inside"
unshare --map-root-user --mount sh -c "$3" "$0" "$1" "$2"; ls "$1/around" "$1/around/mounted"`
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', outer, process.execPath, folder, JSON.stringify(script), inner],
    { encoding: 'utf8' },
  )
  expect(stderr).toMatch(/ended with code 9:\nhere\ninside\nbeside\n/)
  expect(stdout.split('\n').filter((line) => line === 'written')).toEqual([])
  expect(stdout).toMatch(/^beside$/m)
})

test('a script finds the files beside it', async () => {
  writeFileSync(join(folder, 'rules.nft'), 'table inet beside {\n}\n')
  const text = '#!/bin/sh\nset -e\nnft -f "$(dirname "$0")/rules.nft"\n'
  writeFileSync(join(folder, 'firewall.sh'), text)
  const one = part('script', text, { file: 'firewall.sh', folder, interpreter: ['/bin/sh'] })
  expect(await listed(one)).toMatch(/table inet beside/)
})
