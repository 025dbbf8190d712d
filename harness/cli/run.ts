/** `nftproof run`: prove scenarios, print expected against observed. */
import { type Command, Option } from 'commander'
import type { RunFlags } from '../commands/run.ts'
import { isDataOnly } from '../system/data-only.ts'
import { rootArgumentsHere } from '../system/file-root.ts'
import {
  dataOnlyOption,
  parseDay,
  parseFamilies,
  parseJobs,
  parseNames,
  parsePort,
  parsePorts,
  parseProtocols,
  parseSeconds,
  parseShardOption,
  parseWires,
  trustOption,
} from './options.ts'

const EXAMPLES = `
Examples:
  nftproof run                                    every scenario, every port
  nftproof run default-egress                     one scenario by its id
  nftproof run --bundled                          those that come with nftproof
  nftproof run default-egress --protocol tcp --family ipv4 --ports 20-30
  nftproof run default-egress --ruleset mine.nft  test this file instead of the compiled policy
  nftproof run default-egress --netns r1          the firewall of a namespace that exists
  nftproof run default-egress --image appliance --ready log:"rules are set"
  nftproof run default-egress --image appliance --load   the ruleset, by the image's nft
  nftproof run --in-container                     the same in a container, where this is no Linux
  nftproof run --in vagrant                       the same in the Vagrant lab
  nftproof run default-egress --wire shop=eth1 --wire internet=eth2   another machine's
  nftproof run --json --no-save > result.json
  nftproof run --quiet --junit junit.xml          for CI systems
  nftproof run --data-only                        a stranger's scenarios: nothing of theirs is run
  nftproof run --shard 3/10                       the third of ten machines' share

Exit codes: 0 conforms, 1 mismatch, 2 bad usage or input, 3 could not measure;
130 and 143 after SIGINT and SIGTERM, with what was known by then printed.`

/** As they are meant where only this folder is there. */
const ownArguments = (): string[] => [...process.argv.slice(2), ...rootArgumentsHere()]

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('probe every port of the scenarios and tabulate expected against observed')
    .argument('[ids...]', 'scenarios by id, folder or file; all of them when none is named')
    .option('--json', 'print the result as JSON and nothing else')
    .option('--quiet', 'print only what is wrong, and the summary')
    .option('--list', 'print the scenarios and stop')
    .option(
      '--ports <list>',
      'only these ports: 25 or 20-30,80 (types or protocols with --protocol icmp, ip)',
      parsePorts,
    )
    .option(
      '--from <name>',
      'only from this zone, project or host; several with commas',
      parseNames,
    )
    .option('--to <name>', 'only to this one; several with commas', parseNames)
    .option('--family <name>', 'only ipv4 or ipv6', parseFamilies)
    .option('--protocol <name>', 'only tcp, udp, icmp or ip; several with commas', parseProtocols)
    .option('--source-port <port>', 'send TCP and UDP probes from this port', parsePort)
    .option('--at <day>', 'the day that it is for the grants, whatever the scenario says', parseDay)
    .option('--out <dir>', 'where results are written (default: results/runs)')
    .option('--no-save', 'write no result')
    .option('--junit <file>', 'write JUnit XML')
    .option('--jobs <n>', 'labs at once (default: one for each core)', parseJobs)
    .option('--scenarios <dir>', 'where scenarios are (default: scenarios)')
    .option('--bundled', 'prove the scenarios that come with nftproof, about its own policies')
    .option('--netns <name>', 'the firewall is this network namespace (ip netns), as it is')
    .option('--pid <number>', 'the firewall is the network namespace of this process, as it is')
    .option(
      '--image <name>',
      'the firewall is a container of this image (or dockerfile:FILE, compose:FILE#SERVICE)',
    )
    .option('--container <file>', 'the firewall is the container that this file describes')
    .option(
      '--ready <sign>',
      "how it is known that the container's own rules are set: log:TEXT, command:COMMAND or file:PATH",
    )
    .option('--ready-timeout <seconds>', 'until then it must be ready (default: 60)', parseSeconds)
    .option('--load', "load the ruleset into the container, by the image's own nft")
    .option(
      '--wire <zone=interface>',
      'the firewall is another machine, between these interfaces; one for each zone',
      parseWires,
    )
    .option('--in-container', 'run this same command in one container, with this folder mounted')
    .addOption(
      new Option(
        '--in <lab>',
        'run this same command in the machine of the Vagrantfile here, and bring the results back',
      ).choices(['vagrant']),
    )
    .option('--harness-image <name>', 'image of --in-container (default: nftproof)')
    .option(
      '--ruleset <file>',
      'test this firewall instead of the compiled policy, or the named one',
    )
    .option('--script-timeout <seconds>', 'a script must end within (default: 60)', parseSeconds)
    .option('--rootless', 'use a user namespace even as root')
    .option(
      '--shard <i/n>',
      'only the i-th of n shares, for `nftproof merge`; by itself from Kubernetes (JOB_COMPLETION_INDEX with NFTPROOF_SHARDS), GitLab, Buildkite and CircleCI, unless none',
      parseShardOption,
    )
    .option(
      '--times <result>',
      'an earlier result by whose times shares are made even (default: the last whole one where results are written; none: planned probes)',
    )
  trustOption(dataOnlyOption(command))
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[], flags: RunFlags) => {
      if (isDataOnly()) {
        const { admitRun } = await import('../input/admission.ts')
        await admitRun(ids, flags)
      }
      if (flags.inContainer) {
        const { inContainer } = await import('../delegate/container.ts')
        process.exitCode = await inContainer(flags.harnessImage, ownArguments())
        return
      }
      if (flags.in) {
        const { inVagrant } = await import('../delegate/vagrant.ts')
        process.exitCode = await inVagrant(ownArguments(), flags)
        return
      }
      const isHoused = [flags.netns, flags.pid, flags.image, flags.container, flags.wire].some(
        (flag) => flag !== undefined,
      )
      const { limitScripts } = await import('../system/script-timeout.ts')
      limitScripts(flags)
      // The sandbox starts while everything else is still being loaded.
      const { startSandbox } = await import('../sandbox/start.ts')
      const started = flags.list || isHoused ? undefined : startSandbox(flags)
      try {
        const { runCommand } = await import('../commands/run.ts')
        process.exitCode = await runCommand(ids, flags, started)
      } finally {
        await started?.sandbox.close()
      }
    })
}
