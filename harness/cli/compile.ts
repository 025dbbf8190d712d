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
  nftproof compile platform.yaml --from yesterday.nft | nft -f -
  nftproof compile scenarios/policies/office.yaml --lab scenarios/labs/office.yaml

Loading the output twice is the same as once, replaces what an earlier output of
the same policy left in one transaction, and touches no other table. With --from it
is the difference alone, which leaves other projects' counters as they are.`

export function register(program: Command): void {
  const command = program
    .command('compile')
    .description('print the nftables ruleset of a policy and the projects that it binds')
    .argument(
      '<policy>',
      'a policy file; or a platform file or a scenario (id or file), with its projects and grants',
    )
    .option(
      '--project <spec>',
      'NAME=LINK,PREFIX[,PREFIX…]; may be given several times',
      (spec: string, before: string[] = []) => [...before, spec],
    )
    .option('--scenario <id>', 'take the projects and grants of this scenario')
    .option('--lab <file>', 'of a policy for zones: the lab file that says which interface each is')
    .option('--scenarios <dir>', 'where scenarios are (default: scenarios)')
    .option('--bundled', 'scenarios are those that come with nftproof')
    .option('--at <day>', 'the day that it is for the grants; today by default', parseDay)
    .option('--from <file>', 'print only what changes a loaded ruleset that was compiled before')
    .option('--out <file>', 'write to this file instead of the standard output')
    .option('--check', 'have nft check the ruleset first, in a namespace of its own')
  dataOnlyOption(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: CompileFlags) => {
      const { compileCommand } = await import('../commands/compile.ts')
      process.exitCode = await compileCommand(file, flags)
    })
}
