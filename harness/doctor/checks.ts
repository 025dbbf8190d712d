/** What `run` needs of a machine, each tried for real, with what to do where it is not there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { findTool } from '../tools.ts'
import { explainSandboxFailure } from './sandbox-failure.ts'

export interface Check {
  readonly name: string
  readonly standing: 'ok' | 'warning' | 'missing'
  readonly found: string
  /** What to do; absent where nothing needs doing. */
  readonly remedy?: string
}

export function checks(): Check[] {
  const tools = ['nft', 'ip', 'unshare', 'setpriv', 'mount'].map(checkTool)
  const sandbox = tools.every((t) => t.standing === 'ok')
    ? [...checkSandboxes(), checkFeatures()]
    : []
  return [
    checkKernel(),
    checkArchitecture(),
    ...tools,
    ...sandbox,
    checkPacketCalls(),
    checkTracking(),
    checkCores(),
  ]
}

// PACKET_IGNORE_OUTGOING came with Linux 4.20, concatenated intervals with 5.6.
const OLDEST_KERNEL = [5, 6] as const

function checkKernel(): Check {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const old = major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1])
  if (process.platform !== 'linux')
    return {
      name: 'kernel',
      standing: 'missing',
      found: process.platform,
      remedy: 'run it on Linux, for example in a virtual machine',
    }
  return old
    ? {
        name: 'kernel',
        standing: 'missing',
        found: release(),
        remedy: `use Linux ${OLDEST_KERNEL.join('.')} or later`,
      }
    : { name: 'kernel', standing: 'ok', found: `Linux ${release()}` }
}

function checkArchitecture(): Check {
  const known = process.arch === 'x64' || process.arch === 'arm64'
  return known
    ? { name: 'node', standing: 'ok', found: `${process.versions.node} on ${process.arch}` }
    : {
        name: 'node',
        standing: 'missing',
        found: process.arch,
        remedy: 'use a 64-bit little-endian machine',
      }
}

const VERSION_FLAGS: Readonly<Record<string, readonly string[]>> = { ip: ['-V'] }

function checkTool(name: string): Check {
  try {
    const path = findTool(name)
    const said = execFileSync(path, VERSION_FLAGS[name] ?? ['--version'], { encoding: 'utf8' })
    return checkVersion(name, said.trim().split('\n')[0]!)
  } catch (error) {
    return { name, standing: 'missing', found: 'not found', remedy: (error as Error).message }
  }
}

const OLDEST_NFT = [1, 0, 2] as const // element comments in verdict maps and concatenations with interface names

function checkVersion(name: string, found: string): Check {
  if (name !== 'nft') return { name, standing: 'ok', found }
  const version = /v(\d+)\.(\d+)\.(\d+)/.exec(found)?.slice(1).map(Number) ?? []
  const at = OLDEST_NFT.findIndex((part, i) => (version[i] ?? 0) !== part)
  const old = at >= 0 && (version[at] ?? 0) < OLDEST_NFT[at]!
  return old
    ? { name, standing: 'missing', found, remedy: `use nft ${OLDEST_NFT.join('.')} or later` }
    : { name, standing: 'ok', found }
}

const ENTER = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
const USER = ['--user', '--map-root-user']

function tryEnter(
  enter: readonly string[],
  command: readonly string[],
  input = '',
): { ok: boolean; said: string } {
  const { status, stderr } = spawnSync(findTool('unshare'), [...enter, ...command], {
    encoding: 'utf8',
    input,
  })
  return { ok: status === 0, said: (stderr ?? '').trim() }
}

function checkSandboxes(): Check[] {
  const root = process.geteuid?.() === 0
  const user = tryEnter([...USER, ...ENTER], ['true'])
  const rootless: Check = user.ok
    ? { name: 'sandbox without root', standing: 'ok', found: 'user namespaces work' }
    : {
        name: 'sandbox without root',
        standing: root ? 'warning' : 'missing',
        found: user.said || 'unshare failed',
        remedy: explainSandboxFailure(user.said),
      }
  if (!root) return [rootless]
  const plain = tryEnter(ENTER, ['true'])
  const asRoot: Check = plain.ok
    ? { name: 'sandbox as root', standing: 'ok', found: 'namespaces work' }
    : {
        name: 'sandbox as root',
        standing: 'missing',
        found: plain.said,
        remedy: explainSandboxFailure(plain.said),
      }
  return [asRoot, rootless]
}

/** What the lab and the compiled ruleset use, in a sandbox that is thrown away. */
const FEATURES = `set -e
"$IP" link add nftproof0 type veth peer name nftproof1
"$NFT" -f - <<'EOF'
table inet nftproof_doctor {
	set links { type ifname . ipv4_addr; flags interval; elements = { "nftproof0" . 10.0.0.0/8 }; }
	chain forward {
		type filter hook forward priority filter; policy accept;
		meta nftrace set 1
		ct state established,related counter accept
		meta nfproto ipv4 iifname . ip saddr != @links counter drop comment "spoofed"
		meta l4proto vmap { tcp : accept, udp : drop }
		tcp dport 25 reject with tcp reset
		reject with icmpx type port-unreachable
	}
}
EOF
test -e /proc/net/stat/nf_conntrack || test -e /proc/net/nf_conntrack || test -e /proc/sys/net/netfilter
`

function checkFeatures(): Check {
  const enter = process.geteuid?.() === 0 ? ENTER : [...USER, ...ENTER]
  const set = [`NFT=${findTool('nft')}`, `IP=${findTool('ip')}`]
  const { ok, said } = tryEnter(enter, ['env', ...set, 'sh', '-c', FEATURES])
  return ok
    ? {
        name: 'netfilter',
        standing: 'ok',
        found: 'veth, inet tables, sets, connection tracking, reject, trace',
      }
    : {
        name: 'netfilter',
        standing: 'missing',
        found: said.split('\n')[0] || 'a test ruleset could not be loaded',
        remedy:
          'load the modules veth, nf_tables, nft_ct, nft_reject_inet and nf_conntrack (modprobe), or use a kernel that has them',
      }
}

/** koffi's native part is a package of its own for each platform. */
function checkPacketCalls(): Check {
  const url = new URL(
    `../wire/syscalls${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  )
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `await import(${JSON.stringify(url.href)})`],
    { encoding: 'utf8' },
  )
  return status === 0
    ? { name: 'system calls', standing: 'ok', found: 'koffi loads' }
    : {
        name: 'system calls',
        standing: 'missing',
        found:
          stderr
            .trim()
            .split('\n')
            .find((line) => /Error/.test(line)) ?? 'koffi does not load',
        remedy: 'install the dependencies again on this machine: npm ci',
      }
}

/** Flows of one sweep: one for every port. */
const SWEEP_FLOWS = 65536

function checkTracking(): Check {
  const name = 'tracking table'
  let max: number
  try {
    max = Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'))
  } catch {
    return { name, standing: 'ok', found: 'connection tracking is not in use yet' }
  }
  return max * 0.8 >= SWEEP_FLOWS
    ? { name, standing: 'ok', found: `${max} entries` }
    : {
        name,
        standing: 'warning',
        found: `${max} entries, less than a sweep has flows; it is emptied in between`,
        remedy: `sysctl -w net.netfilter.nf_conntrack_max=${4 * SWEEP_FLOWS} avoids that`,
      }
}

function checkCores(): Check {
  const cores = availableParallelism()
  return cores > 1
    ? { name: 'cores', standing: 'ok', found: `${cores}` }
    : {
        name: 'cores',
        standing: 'warning',
        found: '1: IPv4 and IPv6 take turns',
        remedy: 'two cores halve the time',
      }
}
