/** The command that repeats a wrong probe. */
import type { ClaimSweep } from '../../src/compare/experiment.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import { shellPath, shellWord } from '../../src/quote/shell.ts'

type Ends = Pick<Sweep, 'from' | 'to'>
type Kind = Pick<Sweep, 'family' | 'protocol'>

export const endFlags = ({ from, to }: Ends): string =>
  `--from ${shellWord(from)} --to ${shellWord(to)}`

export const kindFlags = ({ family, protocol }: Kind): string =>
  `--family ipv${family} --protocol ${protocol}`

/** `hasEnds`: there are several paths, so the command names one. */
export const replayOf =
  (command: string, argument: string, hasEnds: boolean) =>
  (sweep: ClaimSweep, number: number): string => {
    const { subject, packet } = sweep
    return [
      ...[command, shellPath(argument), ...(hasEnds ? [endFlags(subject)] : [])],
      `${kindFlags(sweep)} --ports ${number}`,
      ...(packet.sourcePort === undefined ? [] : [`--source-port ${packet.sourcePort}`]),
    ].join(' ')
  }
