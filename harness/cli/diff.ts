/** `nftproof diff`: the ports that a change opens and closes. */
import type { Command } from 'commander'
import { kindLines } from '../../src/target/target-kinds.ts'
import type { DiffFlags } from '../commands/diff.ts'
import { namesPlace } from '../input/target-place.ts'
import { isDataOnly } from '../system/data-only.ts'
import {
  dataOnlyOption,
  jobsOption,
  parseBudget,
  parseFamilies,
  parsePorts,
  parseProtocols,
  parseVariables,
  reporterOption,
  rootlessOption,
  scriptTimeoutOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
Targets:
${kindLines('diff').join('\n')}
A path may be REVISION:PATH of git. A comma joins the files of one firewall, or
a container and the file that its nft loads.

Examples:
  nftproof diff main:firewall/rules.nft firewall/rules.nft
  nftproof diff old.nft new.nft --expect rollout.yaml   the declared change
  nftproof diff iptables:rules.v4,ip6tables:rules.v6 rules.nft
  nftproof diff rules.nft --optimized      find changes by nft --optimize
  nftproof diff netns:r1 rules.nft         file against namespace
  nftproof diff image:debian12,rules.nft image:debian13,rules.nft
  nftproof diff old.nft new.nft --quick    one port of each class, and its edges

Exit codes: 0 no difference, or exactly the declared change; 1 different; 2 bad
usage or input; 3 not proved: could not measure, or a changed rule is untested.`

const words = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(','),
]

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('compare two targets, port by port: what does the change open and close?')
    .argument('<old>', 'the target before the change')
    .argument('[new]', 'the target after the change')
  expectOptions(command)
  probeOptions(command)
  scriptTimeoutOption(
    command
      .optionsGroup('What to test:')
      .option(
        '--environment <name=value>',
        'set a variable for scripts; repeatable',
        parseVariables,
      ),
  )
  trustOption(dataOnlyOption(command))
  reporterOption(command.optionsGroup('Report:'))
  jobsOption(rootlessOption(command.optionsGroup('Where to run:')))
  command
    .addHelpText('after', EXAMPLES)
    .action(async (old: string, young: string | undefined, flags: DiffFlags) => {
      if (isDataOnly()) {
        const { admitFirewalls } = await import('../input/admission.ts')
        await admitFirewalls([old, young])
      }
      const { startSandbox } = await import('../sandbox/start.ts')
      const { limitScripts } = await import('../system/script-timeout.ts')
      limitScripts(flags)
      // Two firewalls, each of them in a lab of each family.
      const wanted = { ...flags, labs: 2 * (flags.family?.length ?? 2) }
      const isHoused = [old, young].some(namesPlace)
      const started = isHoused ? undefined : startSandbox(wanted)
      try {
        const { diffCommand } = await import('../commands/diff.ts')
        process.exitCode = await diffCommand(old, young, flags, started ?? wanted)
      } finally {
        await started?.sandbox.close()
      }
    })
}

function expectOptions(command: Command): void {
  command
    .optionsGroup('What to compare:')
    .option('--expect <file>', 'pass only if exactly the change in this file is seen')
    .option('--accept-untested', 'warn of untested changed rules, and do not exit 3')
    .option('--optimized', 'compare with the output of nft --optimize for the old target')
    .option('--translated', 'compare with the output of iptables-restore-translate')
    .option('--lab <file>', 'use this lab: zones, links, addresses (default: infer it)')
    .option('--write-lab <file>', 'write the lab to this file')
}

function probeOptions(command: Command): void {
  command
    .optionsGroup('What to probe:')
    .option('--quick', 'probe only the edges of each class of ports, and one port within')
    .option('--budget <probes>', 'send at most this many probes through each target', parseBudget)
    .option('--from <zones>', 'probe only from these zones', words)
    .option('--to <zones>', 'probe only to these zones', words)
    .option('--family <names>', 'probe only over ipv4 or ipv6', parseFamilies)
    .option('--protocol <names>', 'probe only tcp, udp, icmp or ip', parseProtocols)
    .option(
      '--ports <list>',
      'probe only these ports: 25 or 20-30,80 (types or protocols with --protocol icmp, ip)',
      parsePorts,
    )
}
