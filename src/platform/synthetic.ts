/**
 * Projects and grants made from a seed: the same on each machine. For claims about many projects,
 * and for benchmarks.
 */

import type { SourcePosition } from '../input/position.ts'
import { PortSet } from '../net/port-set.ts'
import type { Opening } from '../policy/grant.ts'
import type { Request } from '../request/request.ts'
import type { ProjectsFile } from './projects.ts'

export interface Generation {
  readonly projects: number
  /** The number of different sets of grants. The first set is empty. */
  readonly classes: number
  readonly seed: number
  /** The number of projects that share a link. */
  readonly perLink?: number | undefined
}

export interface Generated {
  readonly projects: ProjectsFile
  readonly requests: readonly Request[]
}

/** Throws RangeError above 65,536 projects, because there are no more addresses. */
export function generated(generation: Generation, at: SourcePosition): Generated {
  const { projects: count, classes, seed, perLink = 1 } = generation
  if (count > 65536)
    throw new RangeError(
      `${count} projects: the limit is 65536, because there are no more addresses`,
    )
  const random = randomNumbers(seed)
  const kinds = Array.from({ length: classes }, (_, i) => (i === 0 ? [] : openings(random)))
  const projects: ProjectsFile = {}
  const requests: Request[] = []
  for (let i = 0; i < count; i++) {
    const name = `p${String(i + 1).padStart(String(count).length, '0')}`
    const organization = `org-${1 + Math.floor(i / 5)}`
    const link = `tap${Math.floor(i / perLink)}`
    projects[name] = { organization, link, addresses: addressesOf(i) }
    // Every kind occurs if there are enough projects.
    const kind = i < classes ? i : random(classes)
    for (const [k, opening] of kinds[kind]!.entries())
      requests.push(approved({ id: `${name}-${k + 1}`, project: name, organization, at }, opening))
  }
  return { projects, requests }
}

function addressesOf(i: number): string[] {
  const [high, low] = [i >> 8, i & 0xff]
  return [`10.${high}.${low}.10/24`, `2001:db8:1:${i.toString(16)}::10/64`]
}

/**
 * One to three openings: a port or a range of one or both protocols, sometimes with one destination
 * prefix.
 */
function openings(random: Random): Opening[] {
  return Array.from({ length: 1 + random(3) }, () => {
    const from = 1 + random(1022)
    const ports = PortSet.of(random(3) === 0 ? { from, to: from + random(1024 - from) } : from)
    const udp = PortSet.of(1024 + random(64000))
    const which = random(3)
    return {
      tcp: which === 1 ? PortSet.empty : ports,
      udp: which === 0 ? PortSet.empty : udp,
      destinations: random(4) === 0 ? PROVIDER : [],
    }
  })
}

const PROVIDER: Opening['destinations'] = [
  { family: 4, address: '198.51.100.0', prefixLength: 24 },
  { family: 6, address: '2001:db8:25::', prefixLength: 48 },
]

function approved(
  who: Pick<Request, 'id' | 'project' | 'organization' | 'at'>,
  opening: Opening,
): Request {
  const { at } = who
  return {
    ...who,
    ...opening,
    useCase: 'Made at random from a seed, to prove claims about many projects',
    requested: '2026-01-01',
    decision: { status: 'approved', by: 'nftproof', on: '2026-01-01', reason: 'made at random' },
    places: { id: at, project: at, organization: at, ports: at, decision: at },
  }
}

/** An integer from 0 to below `bound`. */
type Random = (bound: number) => number

/** Mulberry32, a generator with 32 bits of state. Not for secrets. */
function randomNumbers(seed: number): Random {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * bound)
  }
}
