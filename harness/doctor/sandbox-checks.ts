/** Whether this machine can create sandboxes, and whether a lab works in one. Each is tested. */

import { enterCommand } from '../sandbox/enter.ts'
import { explainSandboxFailure, isDenial } from '../sandbox/failure.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { CommandError } from '../system/command-error.ts'
import { runProgram } from '../system/exec.ts'
import { findProgram } from '../system/find-program.ts'
import { startedModule } from '../system/module-url.ts'
import type { Check } from './check.ts'

export async function checkSandbox(): Promise<Check[]> {
  const [usual, ...others] = await checkSandboxes()
  // Without a sandbox, the further checks would only repeat this failure.
  const inside = usual.status === 'ok' ? [await checkFeatures(), await checkPacketSockets()] : []
  return [usual, ...others, ...inside]
}

interface Entered {
  readonly ok: boolean
  readonly said: string
}

/** As `run` creates it. */
async function tryEnter(rootless: boolean, command: readonly string[]): Promise<Entered> {
  const [program, ...lead] = enterCommand(rootless)
  try {
    const { status, stderr } = await runProgram(program!, [...lead, ...command])
    return { ok: status === 0, said: stderr.trim() }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { ok: false, said: error.message }
  }
}

/** `run` uses the first one by default. */
async function checkSandboxes(): Promise<[Check, ...Check[]]> {
  const root = process.geteuid?.() === 0
  const user = await tryEnter(true, ['true'])
  const rootless: Check = user.ok
    ? { name: 'sandbox without root', status: 'ok', found: 'user namespaces work' }
    : {
        name: 'sandbox without root',
        status: root ? 'warning' : 'missing',
        found: user.said || 'unshare failed',
        remedy: explainSandboxFailure(user.said),
      }
  if (!root) return [rootless]
  const plain = await tryEnter(false, ['true'])
  const asRoot: Check = plain.ok
    ? { name: 'sandbox as root', status: 'ok', found: 'namespaces work' }
    : {
        name: 'sandbox as root',
        status: 'missing',
        found: plain.said,
        remedy: explainSandboxFailure(plain.said),
      }
  return [asRoot, rootless]
}

/** The features that the lab and compiled rulesets use, in a temporary sandbox. */
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

async function checkFeatures(): Promise<Check> {
  const name = 'netfilter'
  const set = [`NFT=${findProgram('nft')}`, `IP=${findProgram('ip')}`]
  const { ok, said } = await tryEnter(mustBeRootless(), ['env', ...set, 'sh', '-c', FEATURES])
  if (ok)
    return {
      name,
      status: 'ok',
      found: 'veth, inet tables, sets, connection tracking, reject, trace',
    }
  const found = firstLine(said) || 'a test ruleset failed to load'
  // Some machines can create a sandbox in which nothing works.
  const remedy = isDenial(said) ? explainSandboxFailure(said) : MODULES
  return { name, status: 'missing', found, remedy }
}

const MODULES =
  'load the modules veth, nf_tables, nft_ct, nft_reject_inet and nf_conntrack (modprobe), or use a kernel that has them'

// In a process of its own, because koffi's native part may be missing.
const SYSCALLS = startedModule('syscalls').href
const OPEN = `const { openPacketSocket, close } = await import(${JSON.stringify(SYSCALLS)})
close(openPacketSocket('lo'))`

async function checkPacketSockets(): Promise<Check> {
  const name = 'packet sockets'
  const command = [process.execPath, '--input-type=module', '-e', OPEN]
  const { ok, said } = await tryEnter(mustBeRootless(), command)
  if (ok) return { name, status: 'ok', found: 'koffi loads and opens a packet socket' }
  const found = said.split('\n').find((line) => /^\w*Error\b.*:/.test(line)) ?? firstLine(said)
  const remedy = isDenial(found)
    ? explainSandboxFailure(found)
    : found.startsWith('SyscallError')
      ? 'load the module af_packet (modprobe af_packet), or use a kernel that has it'
      : 'install the dependencies again on this machine: npm ci'
  return { name, status: 'missing', found, remedy }
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}
