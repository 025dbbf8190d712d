/**
 * The second opinion's lab, with a kernel's own stack at every end:
 *
 *     client ══ shop0 │ firewall │ wan0 ══ server
 *
 * Runs inside a sandbox; reads a Question as JSON, prints an Opinion.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Netns } from '../../lab/netns.ts'
import { setFirewallSysctls } from '../../lab/sysctls.ts'
import { findTool } from '../../tools.ts'
import { CLIENT, type Question, SERVER } from './contract.ts'

const IP = findTool('ip')
const { ruleset, ports } = JSON.parse(readFileSync(0, 'utf8')) as Question

function ip(lines: readonly string[], namespace?: string): void {
  const args = [...(namespace ? ['-n', namespace] : []), '-batch', '-']
  execFileSync(IP, args, { input: `${lines.join('\n')}\n` })
}

function inside(namespace: string, command: readonly string[], input = ''): string {
  return execFileSync(IP, ['netns', 'exec', namespace, ...command], { input, encoding: 'utf8' })
}

function host(namespace: string, link: string, own: Readonly<Record<4 | 6, string>>): void {
  const gateways = [own[4].replace(/\.\d+$/, '.1'), own[6].replace(/::10$/, '::1')]
  ip(
    [
      'link set lo up',
      `addr add ${own[4]}/24 dev ${link}`,
      `addr add ${own[6]}/64 dev ${link} nodad`,
      `link set ${link} up`,
      ...gateways.map((gateway) => `route add default via ${gateway}`),
    ],
    namespace,
  )
}

const NO_WAITING = 'for i in all default; do echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done'
ip(['netns add client', 'netns add firewall', 'netns add server'])
for (const namespace of ['client', 'firewall', 'server'])
  inside(namespace, ['sh', '-c', NO_WAITING])
new Netns('/run/netns/firewall').run(setFirewallSysctls)
ip([
  'link add c0 netns client type veth peer name shop0 netns firewall',
  'link add s0 netns server type veth peer name wan0 netns firewall',
])
ip(
  [
    'link set lo up',
    'addr add 10.20.1.1/24 dev shop0',
    'addr add 2001:db8:20:1::1/64 dev shop0 nodad',
    'link set shop0 up',
    'addr add 203.0.113.1/24 dev wan0',
    'addr add 2001:db8:ffff::1/64 dev wan0 nodad',
    'link set wan0 up',
  ],
  'firewall',
)
host('client', 'c0', CLIENT)
host('server', 's0', SERVER)
inside('firewall', [findTool('nft'), '-f', '-'], ruleset)

const script = (name: string): string => new URL(`./${name}.ts`, import.meta.url).pathname
const list = JSON.stringify(ports)
const server = spawn(IP, ['netns', 'exec', 'server', process.execPath, script('server'), list], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
await once(server.stdout, 'data')
process.stdout.write(inside('client', [process.execPath, script('client'), list]))
server.kill('SIGKILL')
process.exit(0)
