/** Risks for people: many of one kind that have one reason are told together. */
import type { Risk } from '../request/reviewed.ts'

/** From so many on. */
const TOGETHER = 4

const REASON =
  'Small requests under a forged sender are answered with large answers. Open outwards, the project can set such servers on a victim.'

export function summarizeRisks(risks: readonly Risk[]): Risk[] {
  const alike = risks.filter(({ kind }) => kind === 'amplification')
  if (alike.length < TOGETHER) return [...risks]
  return risks.flatMap((risk) => {
    if (risk.kind !== 'amplification') return [risk]
    return risk === alike[0] ? [together(alike)] : []
  })
}

function together(risks: readonly Risk[]): Risk {
  const names = risks.map(({ title }) => title.replace(/^.*?: /, ''))
  const sources = new Set(risks.flatMap(({ source }) => source.split('; ')))
  return {
    ...risks[0]!,
    title: `Amplification: ${names.join(', ')}`,
    tcp: risks.map(({ tcp }) => tcp).reduce((a, b) => a.union(b)),
    udp: risks.map(({ udp }) => udp).reduce((a, b) => a.union(b)),
    reason: REASON,
    source: [...sources].join('; '),
  }
}
