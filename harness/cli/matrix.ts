/** `nftproof matrix`: the same scenarios in several places. */
import type { Command } from 'commander'
import type { MatrixFlags } from '../commands/matrix.ts'
import { isDataOnly } from '../system/data-only.ts'
import { dataOnlyOption, parseJobs, parseSeconds, trustOption } from './options.ts'

const EXAMPLES = `
A place is
  here             a namespace of this machine, with its own nft
  image:NAME       a container of this image, whose own nft loads the ruleset;
                   dockerfile:FILE and compose:FILE#SERVICE likewise
  container:FILE   the container that this file describes, with rules of its own
  vagrant          the Vagrant lab's machine, with its kernel and nft
  netns:NAME       a network namespace that exists, as it is
  result:FILE      what \`nftproof run\` found somewhere else
and has a name: NAME=PLACE.

Examples:
  nftproof matrix --on here --on image:debian12-nft --on image:alpine-nft
  nftproof matrix default-egress --on old=result:old.json --on new=here
  nftproof matrix --on here --on image:debian13-nft --markdown matrix.md

Exit codes: 0 no difference, and all conform; 1 places differ, or one does not
conform; 2 bad usage or input; 3 not everything could be measured.`

const collect = (text: string, sofar: readonly string[]): readonly string[] => [...sofar, text]

export function register(program: Command): void {
  const command = program
    .command('matrix')
    .description('prove the same scenarios in several places, and tell where they differ')
    .argument('[ids...]', 'scenarios by id, folder or file; all of them when none is named')
    .option('--on <place>', 'a place; at least two, each with --on', collect, [])
    .option('--json', 'print the matrix as JSON and nothing else')
    .option('--markdown <file>', 'write Markdown')
    .option('--out <dir>', "write the matrix and every place's result into this folder")
  for (const [flag, words] of NARROWING) command.option(flag, words)
  trustOption(dataOnlyOption(command))
    .option('--bundled', 'prove the scenarios that come with nftproof')
    .option('--rootless', 'use a user namespace even as root')
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[], flags: MatrixFlags) => {
      if (flags.jobs !== undefined) parseJobs(flags.jobs)
      if (flags.scriptTimeout !== undefined) parseSeconds(flags.scriptTimeout)
      if (isDataOnly()) {
        const { admitMatrix } = await import('../input/admission.ts')
        await admitMatrix(flags.on, ids, flags)
      }
      const { matrixCommand } = await import('../commands/matrix.ts')
      process.exitCode = await matrixCommand(ids, flags)
    })
}

const NARROWING = [
  ['--ports <list>', 'only these ports'],
  ['--from <name>', 'only from this zone, project or host; several with commas'],
  ['--to <name>', 'only to this one; several with commas'],
  ['--family <name>', 'only ipv4 or ipv6'],
  ['--protocol <name>', 'only tcp, udp, icmp or ip; several with commas'],
  ['--source-port <port>', 'send TCP and UDP probes from this port'],
  ['--at <day>', 'the day that it is for the grants, whatever the scenario says'],
  ['--scenarios <dir>', 'where scenarios are (default: scenarios)'],
  ['--ruleset <file>', 'test this firewall instead of the compiled policy'],
  ['--jobs <n>', 'labs at once in each place (default: one for each core)'],
  ['--script-timeout <seconds>', 'a script must end within (default: 60)'],
] as const
