/** `nftproof policy show`: a policy as a table for people. */
import type { Command } from 'commander'

const EXAMPLES = `
Examples:
  nftproof policy show scenarios/policies/zerops.yaml
  nftproof policy show scenarios/policies/zerops.yaml --json`

export function register(program: Command): void {
  program
    .command('policy')
    .description('show policies')
    .addHelpText('after', EXAMPLES)
    .command('show')
    .description('show what a policy promises, with counts and warnings')
    .argument('<file>', 'a policy file')
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: { json?: boolean }) => {
      const { policyCommand } = await import('../commands/policy.ts')
      process.exitCode = policyCommand(file, flags)
    })
}
