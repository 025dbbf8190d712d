/** The command that repeats one probe: the command of its run, then its path, kind and number. */
import { shellPath, shellWord } from '../quote/shell.ts'
import type { Sweep } from './sweep.ts'

interface Repeated extends Pick<Sweep, 'family' | 'protocol'> {
  /** Absent if there is only one path. */
  readonly ends?: Pick<Sweep, 'from' | 'to'>
  /** Absent: all numbers. */
  readonly number?: number
  readonly sourcePort?: number | undefined
}

export const replayOf = (
  command: string,
  { ends, family, protocol, number, sourcePort }: Repeated,
): string =>
  [
    command,
    ...(ends ? [`--from ${shellWord(ends.from)} --to ${shellWord(ends.to)}`] : []),
    `--family ipv${family} --protocol ${protocol}`,
    ...(number === undefined ? [] : [`--ports ${number}`]),
    ...(sourcePort === undefined ? [] : [`--source-port ${sourcePort}`]),
  ].join(' ')

interface Claimed extends Pick<Sweep, 'family' | 'protocol' | 'packet'> {
  /** By its names in the policy. */
  readonly subject: Pick<Sweep, 'from' | 'to'>
}

/** `argument`: the scenario. `hasEnds`: it has several paths, so the command names one. */
export const replayOfClaim =
  (command: string, argument: string, hasEnds: boolean) =>
  ({ subject, packet, ...kind }: Claimed, number: number): string =>
    replayOf(`${command} ${shellPath(argument)}`, {
      ...kind,
      number,
      sourcePort: packet.sourcePort,
      ...(hasEnds ? { ends: subject } : {}),
    })

interface Scenario {
  readonly scenario: { readonly sweeps: readonly Pick<Sweep, 'from' | 'to'>[] }
  readonly policy: { readonly hosts: readonly unknown[] }
}

/** Of an egress scenario: hosts add paths of their own. */
export const hasSeveralPaths = ({ scenario: { sweeps }, policy: { hosts } }: Scenario): boolean =>
  hosts.length > 0 || sweeps.some(({ from, to }) => from !== sweeps[0]?.from || to !== sweeps[0].to)
