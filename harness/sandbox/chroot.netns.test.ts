/**
 * In a chroot into a plain folder, where `/` is no mount point, on a file system
 * that is shared with others: sandboxes work, and nothing that is mounted in
 * them is seen outside.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MAIN } from '../../tools/testing/command.ts'

const PROJECT = join(import.meta.dirname, '../..')
const isRoot = process.geteuid?.() === 0
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-chroot-'))
  chmodSync(folder, 0o755)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

// All of the machine but for /run, /tmp and the folders named after the new root. What is
// mounted on the machine meanwhile does not come along: its mounts were made private first.
const ENTER = `set -e
root=$1; shift
mount --make-rshared /
mkdir "$root"
for d in /*; do
  if [ -L "$d" ]; then cp -P "$d" "$root$d"
  elif [ -d "$d" ]; then
    mkdir -p "$root$d"
    case $d in /run|/tmp|/proc) ;; *) mount --rbind "$d" "$root$d";; esac
  fi
done
chmod 1777 "$root/tmp"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  if [ ! -e "$root$1" ]; then mkdir -p "$root$1"; mount --rbind "$1" "$root$1"; fi
  shift
done
shift
cat /proc/self/mountinfo > "$root/tmp/before"
code=0
chroot "$root" "$@" || code=$?
cat /proc/self/mountinfo > "$root/tmp/after"
cmp "$root/tmp/before" "$root/tmp/after" >&2 || exit 99
exit $code`

/** As a user the mounts are those of a user namespace. */
function inChroot(...command: readonly string[]) {
  const user = isRoot ? [] : ['--user', '--map-root-user']
  const own = [...user, '--mount', '--pid', '--fork', '--mount-proc']
  const named = [PROJECT, dirname(dirname(process.execPath))]
  const args = ['sh', '-c', ENTER, 'sh', join(folder, 'root'), ...named, '--', ...command]
  const { status, stdout, stderr } = spawnSync('unshare', [...own, ...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TMPDIR: '/tmp' },
  })
  return { status, stdout, stderr }
}

const nftproof = (...args: readonly string[]) => inChroot(process.execPath, MAIN, ...args)

test('in a chroot, unshare(1) alone cannot make a mount namespace', () => {
  expect(inChroot('unshare', '--mount', 'true')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('cannot change root filesystem propagation'),
  })
})

test('in a chroot, a plain mount is visible outside', () => {
  const script = 'mount -t tmpfs none /run'
  const careless = ['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c', script]
  expect(inChroot(...careless)).toMatchObject({ status: 99 })
})

test('in a chroot, a shipped scenario conforms', () => {
  const some = ['--bundled', 'default-egress', '--ports', '20-30', '--family', 'ipv4', '--no-save']
  expect(nftproof('run', ...some)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('✔ 1 scenario conforms'),
  })
})

const RULES = `set -e
echo 1 > /etc/nftproof-chroot
nft add table inet t
nft add chain inet t forward '{ type filter hook forward priority 0; policy drop; }'
nft add rule inet t forward ct state established accept
nft add rule inet t forward iifname lan0 oifname wan0 tcp dport 22 accept
`

test('in a chroot, a script runs with its own mounts', () => {
  const place = ['--quick', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']
  const write = 'echo "$1" > /tmp/rules.sh; shift; exec "$@"'
  const firewalls = ['script:/tmp/rules.sh', 'script:/tmp/rules.sh']
  const command = [process.execPath, MAIN, 'diff', ...firewalls, ...place]
  const ended = inChroot('sh', '-c', write, 'sh', RULES, ...command)
  expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('no difference') })
})

test('in a chroot, doctor reports that root can make sandboxes', () => {
  const { status, stdout } = nftproof('doctor', '--reporter', 'json')
  const found = JSON.parse(stdout) as { name: string; standing: string; remedy?: string }[]
  const of = (name: string) => found.find((check) => check.name === name)
  expect({ status, ...of('sandbox as root') }).toMatchObject({ status: 0, standing: 'ok' })
  expect(of('sandbox without root')).toMatchObject({
    standing: 'warning',
    remedy: expect.stringMatching(/^this is a chroot/),
  })
})

test('in a chroot without root, the reason and the remedy are reported', () => {
  const ended = nftproof(
    'run',
    '--bundled',
    'default-egress',
    '--ports',
    '20',
    '--rootless',
    '--no-save',
  )
  expect(ended).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(
      /no sandbox could be created: [\s\S]*this is a chroot.*run as root/,
    ),
  })
})
