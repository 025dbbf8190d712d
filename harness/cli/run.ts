/** `nftproof run`: prove scenarios, print expected against observed. */
import type { Command } from 'commander'
import { kindLines } from '../../src/firewall/target-kinds.ts'
import type { RunFlags } from '../commands/run.ts'
import { namesPlace } from '../input/target-place.ts'
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
  parseRunIn,
  parseSeconds,
  parseShardOption,
  parseTarget,
  reporterOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
Targets:
${kindLines('run').join('\n')}
Commas join a container and the files that are loaded into it.

Examples:
  nftproof run                                    every scenario, every port
  nftproof run default-egress                     one scenario by its id
  nftproof run --bundled                          the scenarios that come with nftproof
  nftproof run default-egress --protocol tcp --family ipv4 --ports 20-30
  nftproof run default-egress --ruleset mine.nft  test this file instead of the compiled policy
  nftproof run default-egress --target netns:r1   an existing namespace
  nftproof run default-egress --target image:appliance --ready log:"rules are set"
  nftproof run default-egress --target image:debian12 --load   the policy, loaded by its nft
  nftproof run default-egress --target nic:shop=eth1,internet=eth2   another machine
  nftproof run --run-in container                 in a container, where there is no Linux
  nftproof run --run-in vagrant                   in the Vagrant lab
  nftproof run --reporter json --no-save > result.json
  nftproof run --quiet --reporter junit=junit.xml   for CI systems
  nftproof run --data-only                        untrusted scenarios: run none of their code
  nftproof run --shard 3/10                       shard 3 of 10 machines

Exit codes: 0 conforms, 1 mismatch, 2 bad usage or input, 3 not proved;
130 and 143 after SIGINT and SIGTERM: prints what is known by then.`

/** As they are meant where only this folder is there. */
const ownArguments = (): string[] => [...process.argv.slice(2), ...rootArgumentsHere()]

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('probe every port of the scenarios and tabulate expected against observed')
    .argument('[ids...]', 'scenarios by id, folder or file; all of them when none is named')
    .option('--quiet', 'print only mismatches and the summary')
    .option('--list', 'list the scenarios and exit')
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
    .option('--to <name>', 'only to this zone, project or host; several with commas', parseNames)
    .option('--family <name>', 'only ipv4 or ipv6', parseFamilies)
    .option('--protocol <name>', 'only tcp, udp, icmp or ip; several with commas', parseProtocols)
    .option('--source-port <port>', 'send TCP and UDP probes from this port', parsePort)
    .option(
      '--at <day>',
      "evaluate grants as of this date (default: the scenario's, else today, UTC)",
      parseDay,
    )
    .option('--out <dir>', 'folder for results (default: results/runs)')
    .option('--no-save', 'write no result')
    .option('--jobs <n>', 'labs open at once (default: one for each core)', parseJobs)
    .option('--scenarios <dir>', 'folder with scenarios (default: scenarios)')
    .option('--bundled', 'prove the scenarios that come with nftproof')
  reporterOption(command)
  firewallOptions(command)
  elsewhereOptions(command)
  trustOption(dataOnlyOption(command)).addHelpText('after', EXAMPLES).action(act)
}

/** Which firewall is under test. */
function firewallOptions(command: Command): void {
  command
    .option('--target <target>', 'test this, KIND:VALUE (see Targets)', parseTarget)
    .option(
      '--ready <sign>',
      "sign that the container's own rules are set: log:TEXT, command:COMMAND or file:PATH",
    )
    .option(
      '--ready-timeout <seconds>',
      'wait at most this long for the sign (default: 60)',
      parseSeconds,
    )
    .option('--load', "load the ruleset with the image's own nft")
    .option(
      '--ruleset <file>',
      'test this firewall instead of the compiled policy or the named firewall',
    )
}

/** Where the command runs, and which part of it. */
function elsewhereOptions(command: Command): void {
  command
    .option(
      '--run-in <where>',
      'carry the command out in the machine of the Vagrantfile here (vagrant) or in a container (container, container:IMAGE)',
      parseRunIn,
    )
    .option(
      '--script-timeout <seconds>',
      'stop a script after this time (default: 60)',
      parseSeconds,
    )
    .option('--rootless', 'use a user namespace, also as root')
    .option(
      '--shard <i/n>',
      'run only shard i of n, for `nftproof merge` (default: read from the environment of Kubernetes with NFTPROOF_SHARDS, GitLab, Buildkite or CircleCI; none: ignore it)',
      parseShardOption,
    )
    .option(
      '--times <result>',
      'balance shards by the times of this earlier result (default: the last whole result in the results folder; none: by planned probes)',
    )
}

async function act(ids: string[], flags: RunFlags): Promise<void> {
  if (isDataOnly()) {
    const { admitRun } = await import('../input/admission.ts')
    await admitRun(ids, flags)
  }
  if (flags.runIn?.kind === 'container') {
    const { inContainer } = await import('../delegate/container.ts')
    process.exitCode = await inContainer(flags.runIn.image, ownArguments())
    return
  }
  if (flags.runIn) {
    const { inVagrant } = await import('../delegate/vagrant.ts')
    const files = (flags.reporter ?? []).flatMap(({ file }) => file ?? [])
    process.exitCode = await inVagrant(ownArguments(), { ...flags, files })
    return
  }
  const { limitScripts } = await import('../system/script-timeout.ts')
  limitScripts(flags)
  if (flags.list) {
    const { listWhole } = await import('../commands/run-list.ts')
    const code = listWhole(ids, flags)
    if (code !== undefined) {
      process.exitCode = code
      return
    }
  }
  // The sandbox starts while everything else is still being loaded.
  const { startSandbox } = await import('../sandbox/start.ts')
  const started = flags.list || namesPlace(flags.target) ? undefined : startSandbox(flags)
  try {
    const { runCommand } = await import('../commands/run.ts')
    process.exitCode = await runCommand(ids, flags, started)
  } finally {
    await started?.sandbox.close()
  }
}
