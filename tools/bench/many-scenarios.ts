/** As many scenarios as a large platform has claims: each with a project of its own, all with one policy. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const POLICY = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname

/** A family has a lab of its own. */
export const LABS_OF_SCENARIO = 2
/** The well-known ports, which the policy is about, and some beyond. */
export const PORTS = '0-1100'

export function writeScenarios(folder: string, count: number): void {
  for (let i = 0; i < count; i++)
    writeFileSync(join(folder, `claim-${String(i).padStart(5, '0')}.yaml`), scenarioText(i))
}

function scenarioText(i: number): string {
  const name = `p${i}`
  const addresses = [`10.${i >> 8}.${i & 0xff}.10/24`, `2001:db8:1:${i.toString(16)}::10/64`]
  return `${JSON.stringify({
    title: `Project ${name} reaches what it may`,
    requirement: 'What the policy allows gets out, and nothing else.',
    source: 'made for measuring',
    policy: POLICY,
    projects: { [name]: { link: `tap${i}`, addresses } },
    sweeps: [{ from: name, to: 'internet', protocols: ['tcp', 'udp'] }],
  })}\n`
}
