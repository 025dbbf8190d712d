/**
 * `nftproof request`: reviews a project's request, decides on it, and lists grants that expire
 * soon.
 */
import type { Command } from 'commander'
import type { DecideFlags } from '../commands/request-decide.ts'
import type { ListFlags } from '../commands/request-list.ts'
import type { ReviewFlags } from '../commands/request-review.ts'
import { dataOnlyOption, listingOption, parseDay, reporterOption } from './options.ts'

const EXAMPLES = `
Examples:
  nftproof request review wish.yaml
  nftproof request approve wish.yaml --by support --reason "one relay"
  nftproof request reject wish.yaml --by support --reason "use port 587"
  nftproof request list`

const REVIEW = `
Examples:
  nftproof request review wish.yaml
  nftproof request review wish.yaml --reporter markdown > page.md
  nftproof request review wish.yaml --no-measure --at 2027-01-01

Exit codes: 0 exactly the requested ports open (or --no-measure); 1 something
else changes as well; 2 bad input, or the request contradicts the platform;
3 not proved.`

const APPROVE = `
Examples:
  nftproof request approve wish.yaml --by support --reason "one relay"
  nftproof request approve wish.yaml --by me --reason trial --until 2027-06-30

The command writes the decision into the file and keeps every other byte.`

const REJECT = `
Examples:
  nftproof request reject wish.yaml --by support --reason "use port 587"
  nftproof request reject wish.yaml --by support --reason late --at 2027-01-01

The command writes the decision into the file and keeps every other byte.`

const LIST = `
Examples:
  nftproof request list
  nftproof request list platform.yaml --at 2027-01-01
  nftproof request list --reporter json`

export function register(program: Command): void {
  const request = program
    .command('request')
    .description('review requests for more ports, and decide on them')
    .addHelpText('after', EXAMPLES)
  review(request)
  decide(request, 'approve', APPROVE).option(
    '--until <day>',
    'end the grant after this day',
    parseDay,
  )
  decide(request, 'reject', REJECT)
  list(request)
}

function common(command: Command): Command {
  return command
    .option(
      '--platform <file>',
      'read this platform (default: the nearest platform.yaml, here or above)',
    )
    .option('--at <day>', 'evaluate grants as of this date (default: today, UTC)', parseDay)
}

function review(request: Command): void {
  const command = common(request.command('review'))
  reporterOption(command.optionsGroup('Report:'))
  dataOnlyOption(command.optionsGroup('What to measure:'))
    .description('show the ports that a request opens, their risks, and a measurement in the lab')
    .argument('<file>', 'a request file')
    .option('--no-measure', 'do not measure')
    .option('--rootless', 'use a user namespace, also as root')
    .addHelpText('after', REVIEW)
    .action(async (file: string, flags: ReviewFlags) => {
      const { reviewCommand } = await import('../commands/request-review.ts')
      process.exitCode = await reviewCommand(file, flags)
    })
}

function decide(request: Command, verb: 'approve' | 'reject', examples: string): Command {
  return common(request.command(verb))
    .description(`${verb} a request: write the decision into its file`)
    .argument('<file>', 'a request file')
    .requiredOption('--by <name>', 'record the name of the deciding person')
    .requiredOption('--reason <text>', 'record this reason')
    .addHelpText('after', examples)
    .action(async (file: string, flags: DecideFlags) => {
      const { decideCommand } = await import('../commands/request-decide.ts')
      process.exitCode = decideCommand(file, verb, flags)
    })
}

function list(request: Command): void {
  listingOption(common(request.command('list')))
    .description('list all requests; grants that expire soon or have expired come first')
    .argument('[platform]', 'platform file, like --platform')
    .addHelpText('after', LIST)
    .action(async (platform: string | undefined, flags: ListFlags) => {
      const { listCommand } = await import('../commands/request-list.ts')
      process.exitCode = listCommand({ ...flags, ...(platform === undefined ? {} : { platform }) })
    })
}
