/** `nftproof policy show`: a policy as a table for people. */
import type { Command } from 'commander'
import type { PolicyFlags } from '../commands/policy.ts'
import { listingOption } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof policy show scenarios/policies/zerops.yaml
  nftproof policy show scenarios/policies/zerops.yaml --reporter json`

export function register(program: Command): void {
  const policy = program
    .command('policy')
    .description('show policies')
    .addHelpText('after', EXAMPLES)
  listingOption(policy.command('show'))
    .description('print a policy as a table, with counts and warnings')
    .argument('<file>', 'a policy file')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: PolicyFlags) => {
      const { policyCommand } = await import('../commands/policy.ts')
      process.exitCode = policyCommand(file, flags)
    })
}
