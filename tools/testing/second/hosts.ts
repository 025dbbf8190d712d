/**
 * Two hosts with kernel stacks of their own and a firewall between them, as
 * named namespaces of the sandbox:
 *
 *     client  c0 ══ shop0  firewall  wan0 ══ s0  server
 */
import { execFileSync } from 'node:child_process'
import { findProgram } from '../../../harness/system/find-program.ts'
import { CLIENT, SERVER } from './contract.ts'

function ip(lines: readonly string[], namespace?: string): void {
  const args = [...(namespace ? ['-n', namespace] : []), '-batch', '-']
  execFileSync(findProgram('ip'), args, { input: `${lines.join('\n')}\n` })
}

// Addresses are there at once only where no duplicate is looked for.
const NO_WAITING = 'for i in all default; do echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done'

export function buildHosts(): void {
  const names = ['client', 'firewall', 'server']
  ip(names.map((name) => `netns add ${name}`))
  for (const name of names)
    execFileSync(findProgram('ip'), ['netns', 'exec', name, 'sh', '-c', NO_WAITING])
  ip([
    'link add c0 netns client type veth peer name shop0 netns firewall',
    'link add s0 netns server type veth peer name wan0 netns firewall',
  ])
  ip(
    ['link set lo up', ...link('shop0', gateway(CLIENT)), ...link('wan0', gateway(SERVER))],
    'firewall',
  )
  for (const [name, own, device] of [
    ['client', CLIENT, 'c0'],
    ['server', SERVER, 's0'],
  ] as const)
    ip(
      [
        'link set lo up',
        ...link(device, own),
        ...Object.values(gateway(own)).map((via) => `route add default via ${via}`),
      ],
      name,
    )
}

type Addresses = Readonly<Record<4 | 6, string>>

function link(device: string, own: Addresses): string[] {
  return [
    `addr add ${own[4]}/24 dev ${device}`,
    `addr add ${own[6]}/64 dev ${device} nodad`,
    `link set ${device} up`,
  ]
}

/** The first address of each prefix. */
function gateway(own: Addresses): Addresses {
  return { 4: own[4].replace(/\.\d+$/, '.1'), 6: own[6].replace(/::10$/, '::1') }
}
