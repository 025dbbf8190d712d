/**
 * The second opinion: real servers behind the firewall, real clients before it.
 * Runs inside a sandbox; reads a Question as JSON, prints an Opinion.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Netns } from '../../../harness/kernel/netns.ts'
import { setFirewallSysctls } from '../../../harness/lab/sysctls.ts'
import { findProgram } from '../../../harness/system/find-program.ts'
import type { Question } from './contract.ts'
import { buildHosts } from './hosts.ts'

const IP = findProgram('ip')
const { ruleset, ports } = JSON.parse(readFileSync(0, 'utf8')) as Question

function inside(namespace: string, command: readonly string[], input = ''): string {
  return execFileSync(IP, ['netns', 'exec', namespace, ...command], { input, encoding: 'utf8' })
}

buildHosts()
new Netns('/run/netns/firewall').run(setFirewallSysctls)
inside('firewall', [findProgram('nft'), '-f', '-'], ruleset)

const script = (name: string): string => new URL(`./${name}.ts`, import.meta.url).pathname
const list = JSON.stringify(ports)
const server = spawn(IP, ['netns', 'exec', 'server', process.execPath, script('server'), list], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
await once(server.stdout, 'data')
process.stdout.write(inside('client', [process.execPath, script('client'), list]))
server.kill('SIGKILL')
process.exit(0)
