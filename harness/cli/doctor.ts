/** `nftproof doctor`: what this machine can do. */
import type { Command } from 'commander'
import type { DoctorFlags } from '../doctor/doctor.ts'
import { listingOption } from './options.ts'

export function register(program: Command): void {
  listingOption(program.command('doctor'))
    .description('check what this machine can do, and say what to install or change')
    .addHelpText(
      'after',
      '\nExamples:\n  nftproof doctor\n  nftproof doctor --reporter json\n\nExit codes: 0 `run` works here, 3 it does not.',
    )
    .action(async (flags: DoctorFlags) => {
      const { doctorCommand } = await import('../doctor/doctor.ts')
      process.exitCode = await doctorCommand(flags)
    })
}
