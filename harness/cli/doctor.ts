/** `nftproof doctor`: checks this machine. */
import type { Command } from 'commander'
import type { DoctorFlags } from '../doctor/doctor.ts'
import { listingOption } from './options.ts'

export function register(program: Command): void {
  listingOption(program.command('doctor'))
    .description('check this machine, and print a remedy for each missing part')
    .addHelpText(
      'after',
      '\nExamples:\n  nftproof doctor\n  nftproof doctor --reporter json\n\nExit codes: 0 `nftproof run` works on this machine; 3 it does not.',
    )
    .action(async (flags: DoctorFlags) => {
      const { doctorCommand } = await import('../doctor/doctor.ts')
      process.exitCode = await doctorCommand(flags)
    })
}
