/**
 * Sweeps of packets that open no flow. The differing rules choose them, because both firewalls
 * treat such packets alike by unchanged rules.
 */
import { setImmediate } from 'node:timers/promises'
import { demandsOf } from '../../src/changed-rules/demands.ts'
import { FlowChoice } from '../../src/changed-rules/flow-variants.ts'
import { notAsked, type Scope } from '../../src/changed-rules/untested-reasons.ts'
import type { Inspection } from '../../src/firewall/firewall.ts'
import type { DiffSweep } from '../../src/plan/diff.ts'
import type { LoadedDifferences } from './diff-tried.ts'
import type { Sides } from './session.ts'

/**
 * At most this many differences choose sweeps. Further differences would choose the same sweeps.
 */
const MOST_DIFFERENCES = 2048
/** After this many, the other differences follow. */
const AT_ONCE = 16

export async function flowSweeps(
  sides: Sides,
  { differences, ways }: LoadedDifferences,
  planned: readonly DiffSweep[],
  scope: Scope,
): Promise<DiffSweep[]> {
  if (!tracksFlows(sides.old.rules.inspection) && !tracksFlows(sides.new.rules.inspection))
    return []
  const choice = new FlowChoice(planned, scope.links)
  for (const [i, difference] of differences.slice(0, MOST_DIFFERENCES).entries()) {
    if (i % AT_ONCE === 0) await setImmediate()
    if (choice.isAll) break
    for (const demand of demandsOf(difference, ways[difference.side]))
      if (notAsked(demand, scope) === undefined) choice.add(demand)
  }
  return choice.chosen
}

/**
 * Whether a packet of an established flow may have another outcome than the packet that opened the
 * flow.
 */
const tracksFlows = ({ listing, legacy, saved = {} }: Inspection): boolean =>
  [listing, ...Object.values(legacy), ...Object.values(saved)].some((text) => TRACKS.test(text))

const TRACKS = /\bct\b|\bconntrack\b|--state\b|\bCONNMARK\b|\bconnmark\b|\bnotrack\b|\bNOTRACK\b/
