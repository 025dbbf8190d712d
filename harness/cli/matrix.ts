/** `nftproof matrix`: the same scenarios in several places. */
import type { Command } from 'commander'
import { kindLines } from '../../src/firewall/target-kinds.ts'
import type { MatrixFlags } from '../commands/matrix.ts'
import { isDataOnly } from '../system/data-only.ts'
import { dataOnlyOption, parseJobs, parseSeconds, reporterOption, trustOption } from './options.ts'

const EXAMPLES = `
Targets:
${kindLines('matrix').join('\n')}
NAME=TARGET gives it a name.

Examples:
  nftproof matrix --target here --target image:debian12-nft --target image:alpine-nft
  nftproof matrix default-egress --target old=result:old.json --target new=here
  nftproof matrix --target here --target image:debian13-nft --reporter markdown=matrix.md

Exit codes: 0 no difference, and all conform; 1 targets differ, or one does not
conform; 2 bad usage or input; 3 not proved.`

const collect = (text: string, sofar: readonly string[] = []): readonly string[] => [...sofar, text]

export function register(program: Command): void {
  const command = program
    .command('matrix')
    .description('prove the same scenarios on several targets and show where they differ')
    .argument('[ids...]', 'scenarios by id, folder or file; all of them when none is named')
    .option(
      '--target <target>',
      'a target, KIND:VALUE or NAME=KIND:VALUE; give at least two, each with --target',
      collect,
    )
    .option('--out <dir>', "write the matrix and every target's result into this folder")
  for (const [flag, words] of NARROWING) command.option(flag, words)
  trustOption(dataOnlyOption(reporterOption(command)))
    .option('--bundled', 'prove the scenarios that come with nftproof')
    .option('--rootless', 'use a user namespace, also as root')
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

const NARROWING = [
  ['--ports <list>', 'only these ports'],
  ['--from <name>', 'only from this zone, project or host; several with commas'],
  ['--to <name>', 'only to this zone, project or host; several with commas'],
  ['--family <name>', 'only ipv4 or ipv6'],
  ['--protocol <name>', 'only tcp, udp, icmp or ip; several with commas'],
  ['--source-port <port>', 'send TCP and UDP probes from this port'],
  ['--at <day>', "evaluate grants as of this date (default: the scenario's, else today, UTC)"],
  ['--scenarios <dir>', 'folder with scenarios (default: scenarios)'],
  ['--ruleset <file>', 'test this firewall instead of the compiled policy'],
  ['--jobs <n>', 'labs open at once on each target (default: one for each core)'],
  ['--script-timeout <seconds>', 'stop a script after this time (default: 60)'],
] as const
