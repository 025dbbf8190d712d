/** `nftproof diff`: what a change of firewall opens and closes. */
import type { Command } from 'commander'
import type { DiffFlags } from '../commands/diff.ts'
import { namesProvider } from '../provider/prefixes.ts'
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
  trustOption,
} from './options.ts'

const EXAMPLES = `
FIREWALL is a file: nftables text, the output of iptables-save or ip6tables-save,
a script that sets one up, or a policy. A git revision works as a path. What a
file is can be said before it (nft: iptables: iptables-legacy: ip6tables: script:
policy:), and several files that belong together are joined by commas.

It may also be somewhere already: netns:NAME and pid:PID, a network namespace as
it is; container:FILE, a container whose own start-up sets its rules; and
image:NAME,rules.nft (dockerfile:FILE, compose:FILE#SERVICE), nftables text that
the image's own nft loads.

Examples:
  nftproof diff main:firewall/rules.nft firewall/rules.nft
  nftproof diff old.nft new.nft --expect rollout.yaml   exactly what is declared
  nftproof diff iptables:rules.v4,ip6tables:rules.v6 rules.nft
  nftproof diff rules.nft --optimized      what would nft --optimize change?
  nftproof diff rules.v4 --translated      what would iptables-restore-translate?
  nftproof diff netns:r1 rules.nft         would the file do what the router does?
  nftproof diff image:debian12,rules.nft image:debian13,rules.nft
  nftproof diff old.nft new.nft --quick    one port of each class, and its edges

Exit codes: 0 no difference, or exactly what was declared; 1 different; 2 bad
usage or input; 3 could not measure, or a changed rule was not tested.`

const words = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(','),
]

export function register(program: Command): void {
  const command = program
    .command('diff')
    .description('tell, port by port, what a change of firewall opens and closes')
    .argument('<old>', 'the firewall as it is')
    .argument('[new]', 'the firewall as it will be')
    .option('--expect <file>', 'pass when exactly the change declared in this file is seen')
    .option(
      '--accept-untested',
      'changed rules that no probe tested are a warning, not exit code 3',
    )
    .option('--optimized', 'the new firewall is what nft --optimize makes of the old one')
    .option(
      '--translated',
      'the new firewall is what iptables-restore-translate makes of the old one',
    )
    .option('--lab <file>', 'the lab: zones, links, addresses (default: inferred from both texts)')
    .option('--write-lab <file>', 'write the lab that was used')
    .option('--quick', 'only both sides of the edges of every class of ports, and one port within')
    .option('--budget <probes>', 'probes sent through each firewall, at most', parseBudget)
    .option('--from <zones>', 'only paths from these zones', words)
    .option('--to <zones>', 'only paths to these zones', words)
    .option('--family <names>', 'only ipv4 or ipv6', parseFamilies)
    .option('--protocol <names>', 'only tcp, udp, icmp or ip', parseProtocols)
    .option('--ports <list>', 'only these TCP and UDP ports', parsePorts)
    .option('--json', 'print the result as JSON (nftproof-diff)')
    .option('--markdown', 'print the report as Markdown')
    .option('--jobs <n>', 'labs at work at once (default: one for each core)', parseJobs)
    .option('--environment <name=value>', 'a variable for scripts; several times', parseVariables)
    .option('--script-timeout <seconds>', 'a script must end within (default: 60)', parseSeconds)
    .option('--rootless', 'use a user namespace even as root')
  trustOption(dataOnlyOption(command))
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
      const isHoused = [old, young].some(namesProvider)
      const started = isHoused ? undefined : startSandbox(wanted)
      try {
        const { diffCommand } = await import('../commands/diff.ts')
        process.exitCode = await diffCommand(old, young, flags, started ?? wanted)
      } finally {
        await started?.sandbox.close()
      }
    })
}
