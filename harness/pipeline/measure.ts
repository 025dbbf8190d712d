/** Sweeps a path through a firewall, in all passes that a firewall that keeps state needs. */
import {
  joined,
  type Measurement,
  type Pass,
  passesOf,
  type Seen,
} from '../../src/compare/measurement.ts'
import type { PacketFields } from '../../src/net/packet-fields.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import { nowAtStake } from '../contract/at-stake.ts'
import type { PathSpec, SweepSpec } from '../contract/lab.ts'
import type { Session } from './session.ts'

export type Path = Pick<Sweep, 'from' | 'to' | 'protocol' | 'packet' | 'id' | 'inFlow'>

type Asked = PathSpec & Pick<SweepSpec, keyof PacketFields | 'inFlow'>

/** In the form of a lab request. */
export const specOf = ({ from, to, protocol, packet, id, inFlow }: Path): Asked => ({
  ...{ from, to, protocol },
  ...packet,
  ...(id === undefined ? {} : { sweepIndex: id }),
  ...(inFlow && { inFlow }),
})

/** The measurement of a sweep. */
export type Measured = Path & Pick<Sweep, 'numbers' | 'classes' | 'repetitions' | 'answer'>

export async function measure(
  { lab, reload }: Pick<Session, 'lab' | 'reload'>,
  sweep: Measured,
): Promise<Measurement> {
  nowAtStake()
  const asked = { ...specOf(sweep), answer: sweep.answer }
  const send = async (pass: Pass): Promise<Seen> => [pass, await lab.sweep({ ...asked, ...pass })]
  const inTurn = async (passes: readonly Pass[]): Promise<Seen[]> => {
    const seen: Seen[] = []
    for (const pass of passes) seen.push(await send(pass))
    return seen
  }
  if (sweep.repetitions === 0) return (await send({ numbers: sweep.numbers.ranges }))[1]
  // What a firewall remembers of one sweep must not matter in the next one.
  await reload()
  const { forward, repeated, backward } = passesOf(sweep)
  const first = await inTurn(forward)
  const again = await inTurn(repeated)
  await reload()
  const reversed = await send(backward)
  return joined(
    sweep,
    first.map(([, one]) => one),
    [...again, reversed],
  )
}
