/** `nftproof compile`: a policy, or a scenario's policy and projects → nftables text. */
import type { Command } from 'commander'
import type { CompileFlags } from '../commands/compile-flags.ts'
import { dataOnlyOption, parseDay } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof compile scenarios/policies/zerops.yaml --project shop=eth1,10.20.1.0/24,2001:db8:20:1::/64
  nftproof compile scenarios/policies/zerops.yaml --scenario default-egress
  nftproof compile default-egress
  nftproof compile scenarios/policies/zerops.yaml --project shop=eth1,10.20.1.0/24 --check | nft -f -
  nftproof compile platform.yaml --at 2026-12-31
  nftproof compile platform.yaml --base yesterday.nft | nft -f -
  nftproof compile scenarios/policies/office.yaml --lab scenarios/labs/office.yaml

Loading the output twice is the same as loading it once. It replaces an earlier
output of the same policy in one transaction, and touches no other table. With
--base the output is only the difference; other projects keep their counters.`

export function register(program: Command): void {
  const command = program
    .command('compile')
    .description('compile a policy and its projects to an nftables ruleset')
    .argument(
      '<policy>',
      'a policy file; or a platform file or a scenario, with its projects and grants',
    )
    .option(
      '--project <spec>',
      'NAME=LINK,PREFIX[,PREFIX…]; may be given several times',
      (spec: string, before: string[] = []) => [...before, spec],
    )
    .option('--scenario <id>', 'use the projects and grants of this scenario')
    .option(
      '--lab <file>',
      'for a policy for zones: the lab file that names the interface of each zone',
    )
    .option('--scenarios <dir>', 'folder with scenarios (default: scenarios)')
    .option('--bundled', 'use the scenarios that come with nftproof')
    .option('--at <day>', 'evaluate grants as of this date (default: today, UTC)', parseDay)
    .option('--base <file>', 'print only the difference to this ruleset, which was compiled before')
    .option('--out <file>', 'write to this file instead of standard output')
    .option('--check', 'let nft check the ruleset first, in a new namespace')
  dataOnlyOption(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: CompileFlags) => {
      const { compileCommand } = await import('../commands/compile.ts')
      process.exitCode = await compileCommand(file, flags)
    })
}
