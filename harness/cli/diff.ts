/** `nftproof diff`: what a change of firewall opens and closes. */
import type { Command } from 'commander'
import type { DiffFlags } from '../commands/diff.ts'
import { namesPlace } from '../input/target-place.ts'
import { isDataOnly } from '../system/data-only.ts'
import {
  dataOnlyOption,
  parseBudget,
  parseFamilies,
  parseJobs,
  parsePorts,
  parseProtocols,
  parseSeconds,
  parseVariables,
  reporterOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
FIREWALL is a file: nftables text, the output of iptables-save or ip6tables-save,
a script that sets one up, or a policy. A path may be REVISION:PATH of git. A prefix
states the kind (nft: iptables: iptables-legacy: ip6tables: script: policy:).
Commas join files that belong together.

It may also be a target: netns:NAME or pid:PID, an existing network namespace;
container:FILE, a container whose start-up sets its rules; or image:NAME,rules.nft
(dockerfile:FILE, compose:FILE#SERVICE), nftables text that the image's nft loads.

Examples:
  nftproof diff main:firewall/rules.nft firewall/rules.nft
  nftproof diff old.nft new.nft --expect rollout.yaml   exactly the declared change
  nftproof diff iptables:rules.v4,ip6tables:rules.v6 rules.nft
  nftproof diff rules.nft --optimized      what would nft --optimize change?
  nftproof diff rules.v4 --translated      what would iptables-restore-translate?
  nftproof diff netns:r1 rules.nft         would the file do what the router does?
  nftproof diff image:debian12,rules.nft image:debian13,rules.nft
  nftproof diff old.nft new.nft --quick    one port of each class, and its edges

Exit codes: 0 no difference, or exactly what was declared; 1 different; 2 bad
usage or input; 3 not proved: could not measure, or a changed rule is untested.`

const words = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(','),
]

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('compare two firewalls, port by port: what does the change open and close?')
    .argument('<old>', 'the firewall as it is')
    .argument('[new]', 'the firewall as it will be')
    .option('--expect <file>', 'pass only if exactly the change that this file declares is seen')
    .option('--accept-untested', 'warn of untested changed rules instead of exit code 3')
    .option('--optimized', 'compare with what nft --optimize makes of the old firewall')
    .option(
      '--translated',
      'compare with what iptables-restore-translate makes of the old firewall',
    )
    .option('--lab <file>', 'the lab: zones, links, addresses (default: inferred from both texts)')
    .option('--write-lab <file>', 'write the lab to this file')
    .option('--quick', 'probe only the edges of each class of ports, and one port within')
    .option('--budget <probes>', 'at most this many probes through each firewall', parseBudget)
    .option('--from <zones>', 'only paths from these zones', words)
    .option('--to <zones>', 'only paths to these zones', words)
    .option('--family <names>', 'only ipv4 or ipv6', parseFamilies)
    .option('--protocol <names>', 'only tcp, udp, icmp or ip', parseProtocols)
    .option('--ports <list>', 'only these TCP and UDP ports', parsePorts)
    .option('--jobs <n>', 'labs open at once (default: one for each core)', parseJobs)
    .option('--environment <name=value>', 'a variable for scripts; several times', parseVariables)
    .option(
      '--script-timeout <seconds>',
      'stop a script after this time (default: 60)',
      parseSeconds,
    )
    .option('--rootless', 'use a user namespace, also as root')
  trustOption(dataOnlyOption(reporterOption(command)))
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
