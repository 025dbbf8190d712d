/** `nftproof explain`: one packet, and every rule that it met. */
import type { Command } from 'commander'
import type { ExplainFlags } from '../commands/explain.ts'
import { namesPlace } from '../input/target-place.ts'
import { isDataOnly } from '../system/data-only.ts'
import {
  dataOnlyOption,
  parseFamily,
  parseFlags,
  parsePort,
  parseSeconds,
  parseVariables,
  parseWhole,
  reporterOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
FIREWALL is a file of any kind (see nftproof diff --help). FROM and TO are zones
of the lab, or "firewall". PACKET is tcp/PORT, udp/PORT, icmp/TYPE or ip/PROTOCOL.

Examples:
  nftproof explain rules.nft eth0 firewall tcp/25
  nftproof explain rules.nft lan wan udp/53 --source-port 53 --family ipv6
  nftproof explain rules.v4 eth0 eth1 tcp/80 --source 198.51.100.7 --flags ack
  nftproof explain netns:r1 eth0 eth1 tcp/443   an existing namespace
  nftproof lab infer rules.nft       which zones are there?

Exit codes: 0 explained; 2 bad usage or input; 3 not proved.`

export function register(program: Command): void {
  const command = program
    .command('explain')
    .description('send one packet and name every rule that it meets')
    .argument('<firewall>', 'a file: nftables, iptables-save, a script or a policy')
    .argument('<from>', 'source zone, or "firewall"')
    .argument('<to>', 'destination zone, or "firewall"')
    .argument('<packet>', 'tcp/25, udp/53, icmp/8, ip/47')
    .option('--lab <file>', 'the lab: zones, links, addresses (default: inferred from the text)')
    .option('--write-lab <file>', 'write the lab to this file')
    .option(
      '--family <name>',
      'ipv4 or ipv6 (default: that of the addresses, or ipv4)',
      parseFamily,
    )
    .option('--source <address>', "source address (default: the zone's)")
    .option('--destination <address>', "destination address (default: the zone's)")
    .option('--source-port <port>', 'source port', parsePort)
    .option('--flags <names>', 'TCP flags: syn, ack, fin, rst, psh, urg, or none', parseFlags)
    .option('--length <bytes>', 'length of the IP packet', parseWhole(20, 1500))
    .option('--ttl <hops>', 'TTL or hop limit', parseWhole(1, 255))
    .option(
      '--mark <number>',
      'mark, for a packet that the firewall sends',
      parseWhole(0, 0xffffffff),
    )
    .option('--environment <name=value>', 'a variable for scripts; several times', parseVariables)
    .option(
      '--script-timeout <seconds>',
      'stop a script after this time (default: 60)',
      parseSeconds,
    )
    .option('--rootless', 'use a user namespace, also as root')
  trustOption(dataOnlyOption(reporterOption(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (...args: [string, string, string, string, ExplainFlags]) => {
      const [firewall, from, to, packet, flags] = args
      if (isDataOnly()) {
        const { admitFirewalls } = await import('../input/admission.ts')
        await admitFirewalls([firewall])
      }
      const { startSandbox } = await import('../sandbox/start.ts')
      const { limitScripts } = await import('../system/script-timeout.ts')
      limitScripts(flags)
      const started = namesPlace(firewall) ? undefined : startSandbox({ ...flags, jobs: 1 })
      try {
        const { explainCommand } = await import('../commands/explain.ts')
        const asked = { firewall, from, to, packet }
        process.exitCode = await explainCommand(asked, flags, started)
      } finally {
        await started?.sandbox.close()
      }
    })
}
