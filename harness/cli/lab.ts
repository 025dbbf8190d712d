/** `nftproof lab`: lab files, which describe the network around a firewall. */
import type { Command } from 'commander'
import type { LabFlags } from '../commands/lab.ts'
import { isDataOnly } from '../system/data-only.ts'
import { dataOnlyOption } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof lab infer rules.nft
  nftproof lab infer old.nft new.nft --write-lab lab.yaml
  nftproof lab from-host --write-lab router.yaml
  nftproof lab check lab.yaml`

export function register(program: Command): void {
  const lab = program
    .command('lab')
    .description("make and check lab files: a firewall's links and the hosts behind them")
    .addHelpText('after', EXAMPLES)
  const infer = written(
    lab
      .command('infer')
      .description('infer the lab from the text of one or more firewalls')
      .argument('<firewall...>', 'nftables text, iptables-save output, or a script'),
  )
  dataOnlyOption(infer).action(async (files: string[], flags: LabFlags) => {
    if (isDataOnly()) {
      const { admitFirewalls } = await import('../input/admission.ts')
      await admitFirewalls(files)
    }
    const { inferCommand } = await import('../commands/lab.ts')
    process.exitCode = await inferCommand(files, flags)
  })
  written(
    lab.command('from-host').description('print the lab of this machine, and change nothing on it'),
  ).action(async (flags: LabFlags) => {
    const { fromHostCommand } = await import('../commands/lab.ts')
    process.exitCode = fromHostCommand(flags)
  })
  lab
    .command('check')
    .description('check a lab file')
    .argument('<file>', 'a lab file')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string) => {
      const { checkCommand } = await import('../commands/lab.ts')
      process.exitCode = checkCommand(file)
    })
}

function written(command: Command): Command {
  return command
    .option('--write-lab <file>', 'write to this file instead of standard output')
    .option('--force', 'overwrite the file')
    .addHelpText('after', EXAMPLES)
}
