/** Risks for a reader: amplification risks with one reason are printed as one. */
import type { Risk } from '../request/reviewed.ts'

/** From this many amplification risks on, one entry covers them all. */
const TOGETHER = 4

const REASON =
  'Servers on these ports send large answers to small requests. With a spoofed source address, the project can direct these answers at a victim.'

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
