/** `nftproof show`: print a result again. */
import type { Command } from 'commander'
import type { ShowFlags } from '../commands/show.ts'
import { reporterOption } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof show latest
  nftproof show results/runs/20261123T050000Z-default-egress --quiet
  nftproof show latest --reporter junit=junit.xml --reporter markdown=summary.md

Exit code: the code of the run.`

export function register(program: Command): void {
  const command = program
    .command('show')
    .description('print the result of an earlier run again')
    .argument('<result>', 'a result.json, its folder, or "latest"')
  reporterOption(command.optionsGroup('Report:'))
    .option('--quiet', 'print only mismatches and the summary')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: ShowFlags) => {
      const { showCommand } = await import('../commands/show.ts')
      process.exitCode = await showCommand(path, flags)
    })
}
export type { ShowFlags }
