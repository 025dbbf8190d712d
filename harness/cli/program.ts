/** The command line: every command has its own file, and loads its handler when it runs. */
import { Command, CommanderError } from 'commander'
import { terminalSafeLine } from '../../src/quote/terminal.ts'
import { remark, say, warn, warnAtOnce } from '../output/console.ts'
import { warnOfFailure } from '../output/problem-messages.ts'
import { ownVersion } from '../output/versions.ts'
import { obeySupervisor } from '../supervisor/supervised.ts'
import { admitDataOnly, isDataOnly } from '../system/data-only.ts'
import { EnvironmentError, EXIT } from '../system/errors.ts'
import { indented } from '../system/faulty-files.ts'
import { useRoot } from '../system/file-root.ts'
import { mustHaveFolder, shortageOf } from '../system/limit-remedies.ts'
import * as compile from './compile.ts'
import * as diff from './diff.ts'
import * as doctor from './doctor.ts'
import * as explain from './explain.ts'
import { withPresentSpelling } from './former-options.ts'
import * as lab from './lab.ts'
import * as matrix from './matrix.ts'
import * as merge from './merge.ts'
import { dataOnlyOption } from './options.ts'
import * as policy from './policy.ts'
import * as request from './request.ts'
import * as run from './run.ts'
import * as show from './show.ts'

const EXAMPLES = `
Tasks:
  check a firewall against a policy      nftproof run default-egress
  check an existing router                nftproof run ID --target netns:r1
  see what a change opens and closes     nftproof diff old.nft new.nft
  list the rules that a packet passes    nftproof explain rules.nft a b tcp/25
  make a ruleset from a policy           nftproof compile platform.yaml
  decide on a request for more ports     nftproof request review request.yaml
  check this machine                     nftproof doctor

Examples:
  nftproof run                           prove every scenario on every port
  nftproof run default-egress --quiet    one scenario; print only mismatches
  nftproof help diff                     the options of one command

Exit codes: 0 conforms, 1 mismatch, 2 bad usage or input, 3 not proved.`

/** The groups of commands, in the order of the help. */
const GROUPS = [
  ['Test firewalls:', [run, diff, explain, matrix]],
  ['Write rulesets and decide on requests:', [compile, policy, request]],
  ['Use results:', [show, merge]],
  ['Prepare:', [lab, doctor]],
] as const

function program(): Command {
  const program = new Command('nftproof')
    .description(
      'Prove what a firewall does: every TCP and UDP port, IPv4 and IPv6, seen from both ends.',
    )
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .optionsGroup('General:')
    .version(ownVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // Commands inherit it, so it comes before them.
    .configureOutput({
      writeOut: (text) => say(withoutLastBreak(text)),
      writeErr: (text) => remark(withoutLastBreak(text)),
      outputError: (text, write) => write(usageError(text, program)),
    })
    // Help and version need no folder.
    .hook('preAction', mustHaveFolder)
    .hook('preAction', (_, command) => useRoot(command.opts().root))
    .hook('preAction', (_, command) => {
      if (command.opts().dataOnly) admitDataOnly()
      else isDataOnly()
    })
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading)
    for (const command of commands) command.register(program)
  }
  for (const command of all(program)) generalOptions(command)
  helpCommand(program)
  return program
}

function generalOptions(command: Command): void {
  command.optionsGroup('General:')
  if (isLeaf(command) && !knowsDataOnly(command)) dataOnlyOption(command)
  if (readsNames(command)) command.option('--root <dir>', ROOT)
  command.helpOption('-h, --help', 'print this help').helpCommand(false).exitOverride()
}

/** `nftproof help request review`; commander's own takes one word only. */
function helpCommand(program: Command): void {
  program
    .command('help', { hidden: true })
    .argument('[command...]')
    .description('print the help of a command')
    .exitOverride()
    .action((words: readonly string[]) => {
      let at = program
      for (const word of words) {
        const next = at.commands.find((one) => one.name() === word)
        if (!next) return at.error(`error: unknown command '${word}'`)
        at = next
      }
      return at.help()
    })
}

const ROOT =
  "names in files must stay inside this folder (default: the file's git work tree, else its own folder)"

/** Commands that read no file that names another one. */
const NAMELESS: readonly string[] = ['doctor', 'show', 'merge', 'from-host', 'check']

const isLeaf = (command: Command): boolean => command.commands.length === 0

/** A pipeline may say it to every command; most of them start nothing anyway. */
const knowsDataOnly = (command: Command): boolean =>
  command.options.some(({ long }) => long === '--data-only')

const readsNames = (command: Command): boolean =>
  isLeaf(command) && !NAMELESS.includes(command.name())
const withoutLastBreak = (text: string): string => text.replace(/\n$/, '')

/** It quotes arguments, which may hold line breaks; only what it suggests is on a line of its own. */
function usageError(text: string, program: Command): string {
  const [, message = text, hint = ''] =
    /^([\s\S]*?)((?:\n\(Did you mean [^\n]*\?\))?\n?)$/.exec(text) ?? []
  const safe = terminalSafeLine(message)
  const present = withPresentSpelling(safe, process.argv[2] ?? '')
  if (present !== safe) return present
  return `${safe}${hint.trim() === '' ? commandsInstead(safe, program) : ''}${hint}`
}

/** For `nftproof policy FILE`: the commands of the group. */
function commandsInstead(message: string, program: Command): string {
  const group = program.commands.find((one) => one.name() === process.argv[2])
  if (!group || isLeaf(group) || !message.startsWith("error: unknown command '")) return ''
  const names = group.commands.map((one) => one.name())
  return `: use nftproof ${group.name()} ${oneOf(names)}`
}

const oneOf = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)]
}

// Whatever goes wrong in a way that nobody thought of, it is no mismatch: Node's
// own exit code for that is 1, which means just that.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    process.exitCode = tell(error)
    process.exit()
  })

// Node prints warnings of libraries, which may quote what they read, by itself and as they are.
if (process.listenerCount('warning') > 0) {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => warn(`${name}: ${message}`))
}

// A reader that has gone away (`| head`) is no reason to forget the verdict; a
// disk that is full means that nobody can read it.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    unwritten = error
  })

let unwritten: Error | undefined
process.on('exit', () => {
  if (!unwritten) return
  process.exitCode = EXIT.notMeasured
  try {
    warnAtOnce(`the output could not be written: ${unwritten.message}`)
  } catch {}
})

/** What is written to a pipe may still be on its way. */
const LAST_WORDS_MS = 1000

obeySupervisor()

try {
  refuseOldNode()
  await program().parseAsync()
} catch (error) {
  process.exitCode = tell(error)
  // An engine's socket or a program that hangs would keep this process alive.
  setTimeout(() => process.exit(), LAST_WORDS_MS).unref()
}

/** What package.json asks for; npm only warns of it. */
function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return
  throw new EnvironmentError(`needs Node 22.13 or later; this is ${process.versions.node}`)
}

/** Says what went wrong; the exit code for it. */
function tell(thrown: unknown): number {
  const error = shortageOf(thrown) ?? thrown
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.badInput
  if (error instanceof Error && 'exitCode' in error) {
    warnOfFailure(error)
    return Number(error.exitCode)
  }
  warn(`this is a bug: ${error instanceof Error ? error.message : String(error)}`)
  if (process.env.NFTPROOF_DEBUG && error instanceof Error)
    remark(indented(`  ${error.stack}\n${error.cause ?? ''}`))
  else remark('Run the command again with NFTPROOF_DEBUG=1 to see the stack trace.')
  return EXIT.notMeasured
}
