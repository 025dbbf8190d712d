/** Zone policies for tests. */
import type { Policy } from '../policy.ts'
import { readZonePolicy } from './read.ts'

export const OFFICE = `policy: office
title: Office network
zones: [wan, lan, dmz]
hosts:
  web: { zone: dmz, addresses: [192.0.2.80, "2001:db8:2::80"] }
  admin: { zone: lan, addresses: [10.20.1.5] }
otherwise: drop
statements:
  - { from: [wan, lan], to: web, allow: tcp/80 }
  - { from: admin, to: web, allow: tcp/22 }
  - { from: lan, to: wan, allow: [tcp, udp, icmp/echo-request] }
  - { from: lan, to: wan, deny: tcp/25, by: tcp-reset }
`

/** The policy with these statements in place of its own. Throws if it is invalid. */
export function officeWith(...statements: readonly string[]): Policy {
  const head = OFFICE.slice(0, OFFICE.indexOf('statements:'))
  return zonePolicyOf(
    statements.length === 0
      ? OFFICE
      : `${head}statements:\n${statements.map((s) => `  - ${s}\n`).join('')}`,
  )
}

export function zonePolicyOf(text: string): Policy {
  const reading = readZonePolicy(text, 'office.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.value
}

export function endpointOf(policy: Policy, name: string) {
  const host = policy.hosts.find((one) => one.name === name)
  return { name, zone: host?.zone ?? name }
}
