/** `nftproof matrix`: the same scenarios on several targets. */
import type { Command } from 'commander'
import { kindLines } from '../../src/target/target-kinds.ts'
import type { MatrixFlags } from '../commands/matrix.ts'
import { isDataOnly } from '../system/data-only.ts'
import {
  dataOnlyOption,
  parseJobs,
  parseSeconds,
  reporterOption,
  rootlessOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
Targets (--target):
${kindLines('matrix').join('\n')}
An image's own nft loads the ruleset. NAME=TARGET gives a target a name.

Examples:
  nftproof matrix --target here --target image:debian12 --target image:alpine
  nftproof matrix default-egress --target old=result:old.json --target new=here
  nftproof matrix --target here --target vagrant --reporter markdown=matrix.md

Exit codes: 0 no difference, and all conform; 1 targets differ, or one does not
conform; 2 bad usage or input; 3 not proved.`

const collect = (text: string, sofar: readonly string[] = []): readonly string[] => [...sofar, text]

export function register(program: Command): void {
  const command = program
    .command('matrix')
    .description('prove the same scenarios on several targets and show where they differ')
    .argument('[ids...]', 'scenarios by id, folder or file (default: all)')
    .optionsGroup('What to test:')
    .option(
      '--target <target>',
      'test this target, KIND:VALUE or NAME=KIND:VALUE; repeat the option for each target',
      collect,
    )
  trustOption(dataOnlyOption(command))
  for (const [group, options] of NARROWING) {
    command.optionsGroup(group)
    for (const [flag, words] of options) command.option(flag, words)
  }
  command
    .optionsGroup('Scenarios:')
    .option('--bundled', 'prove the scenarios that come with nftproof')
  reporterOption(command.optionsGroup('Report:')).option(
    '--out <dir>',
    "write the matrix and every target's result into this folder",
  )
  rootlessOption(command.optionsGroup('Where to run:'))
  command
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[], given: Partial<MatrixFlags>) => {
      const flags: MatrixFlags = { target: [], ...given }
      if (flags.jobs !== undefined) parseJobs(flags.jobs)
      if (flags.scriptTimeout !== undefined) parseSeconds(flags.scriptTimeout)
      if (isDataOnly()) {
        const { admitMatrix } = await import('../input/admission.ts')
        const { target, ...run } = flags
        await admitMatrix(target, ids, run)
      }
      const { matrixCommand } = await import('../commands/matrix.ts')
      process.exitCode = await matrixCommand(ids, flags)
    })
}

/** Passed on to `run`, which reads their values. */
const NARROWING = [
  [
    'Scenarios:',
    [
      ['--scenarios <dir>', 'read the scenarios of this folder (default: scenarios)'],
      ['--at <day>', "evaluate grants as of this date (default: the scenario's, else today, UTC)"],
    ],
  ],
  [
    'What to probe:',
    [
      ['--ports <list>', 'probe only these ports'],
      ['--from <names>', 'probe only from these zones, projects or hosts'],
      ['--to <names>', 'probe only to these zones, projects or hosts'],
      ['--family <names>', 'probe only over ipv4 or ipv6'],
      ['--protocol <names>', 'probe only tcp, udp, icmp or ip'],
      ['--source-port <port>', 'send TCP and UDP probes from this port'],
    ],
  ],
  [
    'What to test:',
    [
      ['--ruleset <file>', 'load this ruleset instead of the compiled policy'],
      ['--script-timeout <seconds>', 'stop a script after this time (default: 60)'],
    ],
  ],
  [
    'Where to run:',
    [['--jobs <n>', 'open this many labs at once on each target (default: one for each core)']],
  ],
] as const
