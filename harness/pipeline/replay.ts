/** The command that repeats a wrong probe. */
import type { ClaimSweep } from '../../src/compare/experiment.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import { shellPath, shellWord } from '../../src/quote/shell.ts'

type Ends = Pick<Sweep, 'from' | 'to'>
type Kind = Pick<Sweep, 'family' | 'protocol'>

export const endFlags = ({ from, to }: Ends): string =>
  `--from ${shellWord(from)} --to ${shellWord(to)}`

export const kindFlags = ({ family, protocol }: Kind): string =>
  `--family ipv${family} --protocol ${protocol}`

/** `hasEnds`: there are several paths, so the command names one. A path of the firewall itself is never the only one. */
export const replayOf =
  (command: string, argument: string, hasEnds: boolean) =>
  (sweep: ClaimSweep, number: number): string => {
    const { subject, packet } = sweep
    const namesEnds = hasEnds || [subject.from, subject.to].includes(FIREWALL)
    return [
      ...[command, shellPath(argument), ...(namesEnds ? [endFlags(subject)] : [])],
      `${kindFlags(sweep)} --ports ${number}`,
      ...(packet.sourcePort === undefined ? [] : [`--source-port ${packet.sourcePort}`]),
    ].join(' ')
  }
