import { expect, test } from 'vitest'
import { readPolicy } from '../policy/egress/read.ts'
import { policyFacts } from './policy.ts'

const PLAIN = `policy: p
title: t
direction: egress
blocked: drop
tcp: { otherwise: deny }
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
`

function factsOf(text: string) {
  const reading = readPolicy(text, 'p.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join())
  return policyFacts(reading.value, [])
}

test('what a policy promises of the firewall itself is in its data, and nothing where it promises nothing', () => {
  const more = 'firewall: { statements: [{ from: project, to: firewall, allow: udp/53 }] }\n'
  expect(factsOf(PLAIN)).not.toHaveProperty('firewall')
  expect(factsOf(PLAIN + more).firewall).toEqual([
    { from: 'project', to: 'firewall', open: ['udp/53'] },
    { from: 'internet', to: 'firewall', open: [] },
    { from: 'firewall', to: 'project', open: [] },
    { from: 'firewall', to: 'internet', open: [] },
  ])
})
