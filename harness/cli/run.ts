/** `nftproof run`: proves scenarios, and prints expected and observed outcomes. */
import type { Command } from 'commander'
import { kindLines } from '../../src/target/target-kinds.ts'
import type { RunFlags } from '../commands/run-flags.ts'
import { namesPlace } from '../input/target-place.ts'
import { isDataOnly } from '../system/data-only.ts'
import { rootArgumentsHere } from '../system/file-root.ts'
import {
  dataOnlyOption,
  jobsOption,
  parseDay,
  parseFamilies,
  parseNames,
  parsePort,
  parsePorts,
  parseProtocols,
  parseRunIn,
  parseSeconds,
  parseShardOption,
  parseTarget,
  reporterOption,
  rootlessOption,
  scriptTimeoutOption,
  trustOption,
} from './options.ts'

const EXAMPLES = `
Targets (--target):
${kindLines('run').join('\n')}
A comma joins a container and the file that its nft loads.

Examples:
  nftproof run                                     every scenario, every port
  nftproof run default-egress --protocol tcp --ports 20-30
  nftproof run default-egress --ruleset mine.nft   replaces the policy's ruleset
  nftproof run default-egress --target netns:r1    an existing namespace
  nftproof run default-egress --target image:edge --ready log:"rules are set"
  nftproof run --run-in container                  on macOS and Windows
  nftproof run --quiet --reporter junit=junit.xml  for CI systems
  nftproof run --reporter json --no-save > result.json
  nftproof run --shard 3/10                        shard 3 of 10 machines

Exit codes: 0 conforms, 1 mismatch, 2 bad usage or input, 3 not proved;
130 and 143 after SIGINT and SIGTERM, with the results so far.`

/** The arguments for a place that sees only this folder. */
const ownArguments = (): string[] => [...process.argv.slice(2), ...rootArgumentsHere()]

export function register(program: Command): void {
  const command = program
    .command('run')
    .description('prove scenarios: probe every port, and compare the outcomes with the policy')
    .argument('[ids...]', 'scenarios by id, folder or file (default: all)')
  scenarioOptions(command)
  probeOptions(command)
  targetOptions(command)
  reportOptions(command)
  elsewhereOptions(command)
  command.addHelpText('after', EXAMPLES).action(act)
}

function scenarioOptions(command: Command): void {
  command
    .optionsGroup('Scenarios:')
    .option('--scenarios <dir>', 'read the scenarios of this folder (default: scenarios)')
    .option('--bundled', 'prove the scenarios that come with nftproof')
    .option('--list', 'list the scenarios and exit')
    .option(
      '--at <day>',
      "evaluate grants as of this date (default: the scenario's, else today, UTC)",
      parseDay,
    )
}

function probeOptions(command: Command): void {
  command
    .optionsGroup('What to probe:')
    .option(
      '--ports <list>',
      'probe only these ports: 25 or 20-30,80 (types or protocols with --protocol icmp, ip)',
      parsePorts,
    )
    .option('--from <names>', 'probe only from these zones, projects or hosts', parseNames)
    .option('--to <names>', 'probe only to these zones, projects or hosts', parseNames)
    .option('--family <names>', 'probe only over ipv4 or ipv6', parseFamilies)
    .option('--protocol <names>', 'probe only tcp, udp, icmp or ip', parseProtocols)
    .option('--source-port <port>', 'send TCP and UDP probes from this port', parsePort)
}

/** Which firewall is under test. */
function targetOptions(command: Command): void {
  command
    .optionsGroup('What to test:')
    .option('--target <target>', 'test this target, KIND:VALUE (see below)', parseTarget)
    .option(
      '--ruleset <file>',
      "load this ruleset instead of the compiled policy or the scenario's firewall",
    )
    .option('--load', "load the compiled policy with the image's own nft")
    .option(
      '--ready <sign>',
      "wait for this sign that the container's own rules are set: log:TEXT, command:COMMAND or file:PATH",
    )
    .option(
      '--ready-timeout <seconds>',
      'wait at most this long for the sign (default: 60)',
      parseSeconds,
    )
  trustOption(dataOnlyOption(scriptTimeoutOption(command)))
}

function reportOptions(command: Command): void {
  reporterOption(command.optionsGroup('Report:'))
    .option('--quiet', 'print only mismatches and the summary')
    .option('--out <dir>', 'write results into this folder (default: results/runs)')
    .option('--no-save', 'write no result')
}

/** The options for the place and the part of a run. */
function elsewhereOptions(command: Command): void {
  command
    .optionsGroup('Where to run:')
    .option(
      '--run-in <where>',
      'run the command in the Vagrant machine (vagrant) or in a container (container, container:IMAGE)',
      parseRunIn,
    )
    .option(
      '--shard <i/n>',
      'run only shard i of n, for `nftproof merge` (default: from the environment of the CI system; none: ignore the environment)',
      parseShardOption,
    )
    .option(
      '--times <result>',
      'balance shards by the times of this result (default: the last whole run; none: by planned probes)',
    )
  jobsOption(rootlessOption(command))
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
