/**
 * Runs inside a sandbox: client ══ firewall ══ server, and nmap on the client.
 * Reads { nmap, ruleset, flags, together } as JSON, prints the time and what was found.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { Netns } from '../../harness/kernel/netns.ts'
import { setFirewallSysctls } from '../../harness/lab/sysctls.ts'
import { findProgram } from '../../harness/system/find-program.ts'
import { buildHosts } from '../testing/second/hosts.ts'

const { nmap, ruleset, flags, together } = JSON.parse(readFileSync(0, 'utf8')) as {
  nmap: string
  ruleset: string
  flags: string[]
  together: boolean
}
const IP = findProgram('ip')
buildHosts()
// The server must be as quick with its errors as the firewall.
for (const name of ['firewall', 'server']) new Netns(`/run/netns/${name}`).run(setFirewallSysctls)
execFileSync(IP, ['netns', 'exec', 'firewall', findProgram('nft'), '-f', '-'], { input: ruleset })

const scan = async (family: readonly string[]): Promise<string> => {
  const args = [
    'netns',
    'exec',
    'client',
    nmap,
    '-n',
    '-Pn',
    '-sS',
    '-sU',
    '-p0-65535',
    ...flags,
    ...family,
  ]
  return (await promisify(execFile)(IP, args, { maxBuffer: 64 << 20 })).stdout
}

const began = performance.now()
// nmap takes one family at a time.
const first = scan(['203.0.113.10'])
if (!together) await first
const outputs = await Promise.all([first, scan(['-6', '2001:db8:ffff::10'])])
const ms = performance.now() - began

const found: Record<string, number> = {}
for (const [, count, state] of outputs
  .join('\n')
  .matchAll(/(\d+) (closed|filtered|open\|filtered) (?:tcp|udp) ports/g))
  found[state!] = (found[state!] ?? 0) + Number(count)
for (const [, state] of outputs.join('\n').matchAll(/^\d+\/\w+\s+(\S+)/gm))
  found[state!] = (found[state!] ?? 0) + 1
process.stdout.write(JSON.stringify({ ms, found }))
process.exit(0)
