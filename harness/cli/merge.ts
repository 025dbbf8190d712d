/** `nftproof merge`: joins the results of shards. */
import type { Command } from 'commander'
import type { MergeFlags } from '../commands/merge.ts'
import { reporterOption } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof merge shards/                     every result.json below a folder
  nftproof merge shard-*.json --quiet --reporter junit=junit.xml
  nftproof merge shards/ --reporter json --no-save > result.json

Exit codes: 0 all shards are there and conform, 1 mismatch, 2 bad usage or
input, 3 not proved: a shard is missing, duplicated, of another run or version,
or was not measured. Unknown results never pass.`

export function register(program: Command): void {
  const command = program
    .command('merge')
    .description('join the results of all shards of a run')
    .argument('<results...>', 'results of `nftproof run --shard`: files, or folders with them')
  reporterOption(command.optionsGroup('Report:'))
    .option('--quiet', 'print only mismatches and the summary')
    .option('--out <dir>', 'write the result into this folder (default: results/runs)')
    .option('--no-save', 'write no result')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: MergeFlags) => {
      const { mergeCommand } = await import('../commands/merge.ts')
      process.exitCode = await mergeCommand(paths, flags)
    })
}
