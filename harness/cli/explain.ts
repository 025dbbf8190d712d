/** `nftproof explain`: one packet, and every rule that it passed. */
import type { Command } from 'commander'
import type { ExplainFlags } from '../commands/explain.ts'
import { namesPlace } from '../input/target-place.ts'
import { isDataOnly } from '../system/data-only.ts'
import {
  dataOnlyOption,
  parseFamily,
  parseFlags,
  parsePort,
  parseVariables,
  parseWhole,
  reporterOption,
  rootlessOption,
  scriptTimeoutOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
TARGET is KIND:VALUE as for nftproof diff: a file of any kind, netns:NAME,
pid:PID, container:FILE or image:NAME,rules.nft. FROM and TO are zones of the
lab, or "firewall" (nftproof lab infer TARGET lists them). PACKET is tcp/PORT,
udp/PORT, icmp/TYPE or ip/PROTOCOL.

Examples:
  nftproof explain rules.nft eth0 firewall tcp/25
  nftproof explain rules.nft lan wan udp/53 --source-port 53 --family ipv6
  nftproof explain rules.v4 eth0 eth1 tcp/80 --source 198.51.100.7 --flags ack
  nftproof explain netns:r1 eth0 eth1 tcp/443

Exit codes: 0 explained; 2 bad usage or input; 3 not proved.`

export function register(program: Command): void {
  const command = program
    .command('explain')
    .description('send one packet and list every rule that it passes')
    .argument('<target>', 'what to test')
    .argument('<from>', 'source zone, or "firewall"')
    .argument('<to>', 'destination zone, or "firewall"')
    .argument('<packet>', 'tcp/25, udp/53, icmp/8, ip/47')
  packetOptions(command)
  command
    .optionsGroup('What to test:')
    .option('--lab <file>', 'use this lab: zones, links, addresses (default: infer it)')
    .option('--write-lab <file>', 'write the lab to this file')
    .option('--environment <name=value>', 'set a variable for scripts; repeatable', parseVariables)
  trustOption(dataOnlyOption(scriptTimeoutOption(command)))
  reporterOption(command.optionsGroup('Report:'))
  rootlessOption(command.optionsGroup('Where to run:'))
  command
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

function packetOptions(command: Command): void {
  command
    .optionsGroup('The packet:')
    .option(
      '--family <name>',
      'send over ipv4 or ipv6 (default: the family of the addresses, else ipv4)',
      parseFamily,
    )
    .option('--source <address>', "send from this address (default: the zone's)")
    .option('--destination <address>', "send to this address (default: the zone's)")
    .option('--source-port <port>', 'send from this port', parsePort)
    .option('--flags <names>', 'set TCP flags: syn, ack, fin, rst, psh, urg, or none', parseFlags)
    .option('--length <bytes>', 'set the length of the IP packet', parseWhole(20, 1500))
    .option('--ttl <hops>', 'set the TTL or hop limit', parseWhole(1, 255))
    .option(
      '--mark <number>',
      'set the mark of a packet that the firewall sends',
      parseWhole(0, 0xffffffff),
    )
}
