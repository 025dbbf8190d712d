/** Scripts as people write them set their rules: what they need of the machine is there. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const isRoot = process.geteuid?.() === 0
let sandbox: Sandbox
let lab: Lab
let folder: string
beforeAll(async () => {
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  const addresses = [{ family: 4 as const, address: '203.0.113.10', prefixLength: 24 }]
  lab = await sandbox.openLab({ family: 4, zones: [{ name: 'eth0', link: 'eth0', addresses }] })
})
afterAll(() => sandbox.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-honest-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  chmodSync(join(folder, path), mode)
}

/** The script is a file in the test's folder, unless it is there already. */
function scriptAt(path: string, text: string, more: Partial<FirewallPart> = {}): FirewallPart {
  if (!existsSync(join(folder, path))) put(path, text, 0o755)
  const whole = join(folder, path)
  const interpreter = /^#!\s*(.+)/.exec(text)?.[1]?.split(/\s+/) ?? ['sh']
  const place = { file: whole, folder: dirname(whole), stretches: [], interpreter }
  return { kind: 'script', text, ...place, ...more }
}

/** What the kernel has of it, in words; what it left beside its rules, too. */
async function installed(part: FirewallPart): Promise<string> {
  await lab.install({ origin: 'script', parts: [part] })
  const { listing, legacy, state = {} } = await lab.inspect(true)
  const left = Object.entries(state).map(([name, text]) => `${name}:\n${text}`)
  return [listing, legacy[4] ?? '', legacy[6] ?? '', ...left].join('\n')
}

const refusal = async (part: FirewallPart): Promise<string> =>
  lab.install({ origin: 'script', parts: [part] }).then(
    () => 'it was run',
    (error: Error) => error.message,
  )

describe('programs that set rules', () => {
  test.each<[string, string, RegExp]>([
    ['nft', 'nft -f - <<EOF\ntable inet t { chain c { tcp dport 22 accept; }; }\nEOF', /dport 22/],
    ['iptables', 'iptables -A INPUT -p tcp --dport 23 -j DROP', /dport 23/],
    ['ip6tables', 'ip6tables -P FORWARD DROP', /table ip6 filter[\s\S]*policy drop/],
    ['iptables, waiting for its lock', 'iptables-legacy -w -A INPUT -i eth0 -j ACCEPT', /-i eth0/],
    ['ipset', 'ipset create a hash:net; ipset add a 198.51.100.0/24', /add a 198\.51\.100\.0\/24/],
    ['ip', 'ip route add 198.51.100.0/24 dev eth0', /198\.51\.100\.0\/24 dev eth0/],
    ['ip, with a file', 'echo "rule add fwmark 7 table 9" | ip -batch -', /0x7/],
    ['tc', 'tc qdisc replace dev eth0 root pfifo limit 77', /limit 77/],
    ['sysctl', 'sysctl -q -w net.ipv4.conf.eth0.log_martians=1; nft add table ip s', /table ip s/],
    ['/proc/sys/net', 'echo 1 > /proc/sys/net/ipv4/ip_forward; nft add table ip s', /table ip s/],
    ['sudo', 'sudo -n nft add table ip by_sudo', /by_sudo/],
    ['sudo, with a user', `sudo -u root A=b sh -c 'nft add table ip by_$A'`, /by_b/],
    ['modprobe', 'modprobe nf_nat_ftp; /sbin/modprobe -a x y; nft add table ip after', /after/],
  ])('%s', async (_, line, expected) => {
    expect(await installed(scriptAt('fw.sh', `#!/bin/sh\nset -e\n${line}\n`))).toMatch(expected)
  })
})

test('scripts can write to the usual folders', async () => {
  const text = `#!/bin/sh
set -eu
for f in /etc/fw.conf /etc/nftables.d/own.nft /etc/sysctl.d/own.conf /etc/default/own \\
  /var/lib/fw/state /var/log/fw.log /var/tmp/x /run/lock/fw /run/fw.pid /tmp/x /root/x "$HOME/y" \\
  /usr/local/sbin/fw-off /srv/x /dev/shm/x "$(dirname "$0")/state" state2 deep/state; do
  mkdir -p "$(dirname "$f")"
  echo table ip w > "$f"
  cat "$f" > /dev/null
done
t=$(mktemp); echo 'table ip seen { }' > "$t"; nft -f "$t"
`
  put('deep/beside', '')
  expect(await installed(scriptAt('fw.sh', text))).toMatch(/table ip seen/)
  for (const path of ['state', 'state2', 'deep/state'])
    expect(existsSync(join(folder, path))).toBe(false)
  expect(existsSync('/etc/fw.conf')).toBe(false)
})

describe('files beside a script', () => {
  test('can be read: rules, settings and other scripts, also in folders', async () => {
    put('rules.d/a.nft', 'add table ip a\n')
    put('rules.nft', 'include "./rules.d/*.nft"\n')
    put('lib/words.sh', 'name=b\n')
    put('other.sh', '#!/bin/sh\nnft add table ip "$1"\n', 0o755)
    const text = `#!/bin/bash
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
. lib/words.sh
nft -f rules.nft
./other.sh "$name"
sh "$(dirname "$0")/other.sh" c
while read -r t; do nft add table ip "$t"; done < <(printf 'd\\ne\\n')
`
    const found = await installed(scriptAt('fw.sh', text))
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(found).toContain(`table ip ${name} `)
  })

  test.each(['with blanks', 'comma,colon:back\\slash', 'ümläut', 'quote\'"', '-dash', '$(x)`y`'])(
    'can be read in a folder called %j',
    async (name) => {
      put(`${name}/in/a/deep/path/rules.nft`, 'add table ip near\n')
      const text = '#!/bin/sh\nset -e\ntest -w rules.nft\nnft -f "$(dirname "$0")/rules.nft"\n'
      expect(await installed(scriptAt(`${name}/in/a/deep/path/fw.sh`, text))).toMatch(/ip near/)
    },
  )

  test('can be read when the script or its folder is a link', async () => {
    put('real/near.nft', 'add table ip near\n')
    put('far/fw.sh', '#!/bin/sh\nnft -f near.nft\n', 0o755)
    symlinkSync('../far/fw.sh', join(folder, 'real/link.sh'))
    symlinkSync('real', join(folder, 'alias'))
    const text = readFileSync(join(folder, 'far/fw.sh'), 'utf8')
    expect(await installed(scriptAt('alias/link.sh', text))).toMatch(/ip near/)
  })

  test('can be read in a git revision after they were deleted', async () => {
    put('fw.sh', '#!/bin/sh\nnft add table ip young\n')
    put('near.nft', 'add table ip near\n')
    const text = '#!/bin/sh\nnft add table ip old; nft -f "$(dirname "$0")/near.nft"\n'
    const found = await installed(scriptAt('fw.sh', text))
    expect(found).toMatch(/ip old[\s\S]*ip near/)
    expect(found).not.toMatch(/young/)
  })

  test('are hidden when their names begin with a dot, at any depth', async () => {
    for (const path of ['.git/config', '.env', 'a/b/.netrc', 'a/b/seen']) put(path, 'words')
    const text = '#!/bin/sh\ncat .env .git/config a/b/.netrc a/b/seen\nls -A .git\nexit 9\n'
    expect(await refusal(scriptAt('fw.sh', text))).toMatch(
      /ended with code 9:\ncat: .git\/config: No such file or directory\nwords$/,
    )
  })

  test('in a shared folder such as /tmp: only the files, not the folders', async () => {
    const path = `/tmp/nftproof-honest-${process.pid}.sh`
    const text = `#!/bin/sh\nset -e\ntest ! -e ${folder}\nnft add table ip shared\n`
    writeFileSync(path, text)
    const part = { ...scriptAt('fw.sh', text), file: path, folder: '/tmp' }
    await installed(part)
      .then((found) => expect(found).toMatch(/shared/))
      .finally(() => rmSync(path))
  })
})

test('interpreters run by env and with options; a missing one is an error', async () => {
  const perl = '#!/usr/bin/env perl\nsystem("nft add table ip by_perl") == 0 or die;\n'
  expect(await installed(scriptAt('fw.pl', perl))).toMatch(/by_perl/)
  const options = '#!/bin/sh -eu\nfalse\nnft add table ip never\n'
  expect(await refusal(scriptAt('fw.sh', options))).toMatch(/ended with code 1/)
  expect(await refusal(scriptAt('no.sh', '#!/opt/nosuch/shell\n'))).toMatch(
    /cannot be confined here, so it was not run: \/opt\/nosuch\/shell is not on this machine/,
  )
})

test('a script gets PATH, HOME, LANG and the declared variables', async () => {
  const text = '#!/bin/sh\nenv | sed "s/=.*//" | sort | tr "\\n" " "; echo "$LAN/$PORTS"; exit 9\n'
  const environment = { LAN: 'eth0', PORTS: "80, 443 $(x)'" }
  expect(await refusal(scriptAt('fw.sh', text, { environment }))).toMatch(
    /:\nHOME LAN LANG (?:OLDPWD )?PATH PORTS PWD (?:SHLVL )?(?:_ )?eth0\/80, 443 \$\(x\)'$/,
  )
})

test('a script ended by a signal is reported with the signal', async () => {
  expect(await refusal(scriptAt('fw.sh', '#!/bin/sh\nkill -KILL $$\n'))).toMatch(
    /fw\.sh ended with code 137 \(SIGKILL\)/,
  )
})

test('a script runs in a folder that only its owner may read, and as root in that of another user', async () => {
  put('own/rules.nft', 'add table ip theirs\n', 0o600)
  const text = '#!/bin/sh\nset -e\nnft -f rules.nft\necho x > state\necho y >> rules.nft\n'
  const script = scriptAt('own/fw.sh', text)
  // As a user it is the own one.
  if (isRoot) for (const path of ['own/rules.nft', 'own']) chownSync(join(folder, path), 12, 12)
  chmodSync(join(folder, 'own'), 0o700)
  expect(await installed(script)).toMatch(/theirs/)
})
