/** `nftproof compile`: a policy, or a scenario's policy and projects → nftables text. */
import type { Command } from 'commander'
import type { CompileFlags } from '../commands/compile-flags.ts'
import { dataOnlyOption, parseDay } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof compile default-egress            a scenario's policy and projects
  nftproof compile policy.yaml --project shop=eth1,10.20.1.0/24
  nftproof compile platform.yaml --at 2026-12-31
  nftproof compile platform.yaml --base yesterday.nft | nft -f -
  nftproof compile office.yaml --lab lab.yaml

You may load the output twice: the result is the same. It replaces an earlier
output of the same policy in one transaction, and changes no other table. With
--base the output is only the difference; other projects keep their counters.

Without requests, the output is the smallest ruleset. With a platform, with a
scenario that has requests, or with --grants, its sets and maps take grants one
by one.`

export function register(program: Command): void {
  const command = program
    .command('compile')
    .description('compile a policy and its projects to an nftables ruleset')
    .argument('<policy>', 'a policy, or a platform or a scenario with its projects and grants')
    .optionsGroup('Projects and grants:')
    .option(
      '--project <spec>',
      'add a project, NAME=LINK,PREFIX[,PREFIX…]; repeatable',
      (spec: string, before: string[] = []) => [...before, spec],
    )
    .option('--scenario <id>', 'use the projects and grants of this scenario')
    .option('--scenarios <dir>', 'read the scenarios of this folder (default: scenarios)')
    .option('--bundled', 'use the scenarios that come with nftproof')
    .option('--at <day>', 'evaluate grants as of this date (default: today, UTC)', parseDay)
    .option(
      '--lab <file>',
      'read the interface of each zone from this lab (policies for zones only)',
    )
    .optionsGroup('Output:')
    .option('--grants', 'print the form that takes grants, even without requests')
    .option('--base <file>', 'print only the difference from this earlier output')
    .option('--out <file>', 'write to this file instead of standard output')
    .option('--check', 'check the ruleset with nft first, in a new namespace')
  dataOnlyOption(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: CompileFlags) => {
      const { compileCommand } = await import('../commands/compile.ts')
      process.exitCode = await compileCommand(file, flags)
    })
}
