/** `nftproof doctor`: what this machine can do. */
import type { Command } from 'commander'

export function register(program: Command): void {
  program
    .command('doctor')
    .description('check what this machine can do, and say what to install or change')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  nftproof doctor\n  nftproof doctor --json\n\nExit codes: 0 `run` works here, 3 it does not.',
    )
    .action(async (flags: { json?: boolean }) => {
      const { doctorCommand } = await import('../doctor/doctor.ts')
      process.exitCode = await doctorCommand(flags)
    })
}
