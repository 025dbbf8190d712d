/** The part of a replay command that is the same for all probes: the options that select the run. */
import type { Trust } from '../../src/firewall/trust.ts'
import { shellPath, shellWord } from '../../src/quote/shell.ts'
import { NAMING } from '../input/target-flags.ts'
import { rootArguments } from '../system/file-root.ts'
import type { ScriptFlags } from '../system/script-timeout.ts'
import { ownCommand, WITHIN } from '../system/shell-quote.ts'
import type { RunFlags } from './run-flags.ts'

/** All options that distinguish this run from a plain one. */
export function runToRepeat(flags: RunFlags): string {
  const { scenarios, bundled, ruleset, at } = flags
  return [
    `${ownCommand()} run`,
    ...(process.env[WITHIN] ? [process.env[WITHIN]] : []),
    ...(scenarios === undefined ? [] : [`--scenarios ${shellPath(scenarios)}`]),
    ...(bundled ? ['--bundled'] : []),
    ...(ruleset === undefined ? [] : [`--ruleset ${shellPath(ruleset)}`]),
    ...NAMING.flatMap((flag) =>
      flags[flag] === undefined ? [] : [`--${flag} ${shellWord(flags[flag])}`],
    ),
    ...(flags.load ? ['--load'] : []),
    ...(at === undefined ? [] : [`--at ${shellWord(at)}`]),
    ...common(flags),
  ].join(' ')
}

interface DiffFlags extends CommonFlags {
  readonly environment?: Readonly<Record<string, string>>
  readonly lab?: string
  readonly optimized?: boolean
  readonly translated?: boolean
}

/** The two firewalls, without the selection of paths and ports. */
export function diffToRepeat(old: string, young: string | undefined, flags: DiffFlags): string {
  return [
    `${ownCommand()} diff`,
    shellPath(old),
    ...(young === undefined ? [] : [shellPath(young)]),
    ...(flags.optimized ? ['--optimized'] : []),
    ...(flags.translated ? ['--translated'] : []),
    ...(flags.lab === undefined ? [] : [`--lab ${shellPath(flags.lab)}`]),
    ...Object.entries(flags.environment ?? {}).map(
      (pair) => `--environment ${shellWord(pair.join('='))}`,
    ),
    ...common(flags),
  ].join(' ')
}

interface CommonFlags extends ScriptFlags {
  readonly rootless?: boolean
  readonly trust?: Trust
}

const common = ({ rootless, trust, scriptTimeout }: CommonFlags): string[] => [
  ...(trust ? [`--trust ${[...trust].join(',')}`] : []),
  ...(rootless ? ['--rootless'] : []),
  ...rootArguments().map(shellWord),
  ...(scriptTimeout === undefined ? [] : [`--script-timeout ${scriptTimeout}`]),
]
