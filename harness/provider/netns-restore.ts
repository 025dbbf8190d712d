/**
 * Restores an existing netns, however the command ends: a shell waits until the command has closed
 * its end of a pipe, by finishing or by dying, and until the sandbox is gone. Then it detaches the
 * rest of the wire, resets the settings, and restores the counters of rules.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Positional, positional } from '../../src/quote/shell.ts'
import { OWN } from '../firewall/nft.ts'
import type { DetachCommand } from '../lab/attach.ts'
import { QUIET } from '../lab/sysctls.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { startedModule } from '../system/module-url.ts'
import { timeLimitMs } from '../system/time-limits.ts'
import { execInNetns } from './netns-exec.ts'
import { type Snapshot, tablesOf } from './netns-snapshot.ts'

export interface Restorable {
  readonly net: string
  /**
   * The descriptor of the namespace with the lock, which is held until the namespace is restored.
   */
  readonly lock: number
  readonly before: Snapshot
  /** Commands that remove the additions to existing links. */
  readonly detach: readonly DetachCommand[]
  /** The process that ends the sandbox when it ends. */
  readonly sandbox: number
}

// `timeout` comes with coreutils and with BusyBox. Without it, there is no time limit.
const limited = (): string => `limited() { timeout -k 5 ${timeLimitMs('nft') / 1000} "$@"; }
command -v timeout > /dev/null || limited() { command "$@"; }
nft() { limited nft "$@"; }`

const FLOWS_STAY = 1
const STAYING =
  "flows of the wire remain in the namespace's connection tracking: they expire (conntrack -L shows them)"
const CUT_SHORT =
  'the namespace may not be restored: the process that restores it was killed or could not be started'

/**
 * Names of links and all other text from the namespace are positional parameters, or files that no
 * shell reads: `unplug` and `settings` contain only the numbers of parameters (positional() in
 * src/quote/shell.ts). Counters are restored by loading the same rules again in one transaction,
 * and only if nothing else changed: a change by another program is kept.
 */
const FIRST = 5

// Names of links and all else that comes from the namespace are positional
// parameters or files that no shell reads: `unplug` and `settings` hold the
// numbers of parameters only (positional() in src/quote/shell.ts).
// Counters are put back by loading the same rules again, in one transaction,
// and only where nothing but them has moved: a change of somebody's is left.
const SCRIPT = `cat > /dev/null
while kill -0 "$1" 2> /dev/null; do sleep 0.02; done
exec > /dev/null 2>&1
cd "$2" || exit
. ./unplug
status=0
if [ -s flows ]; then limited "$3" "$4" flows || status=${FLOWS_STAY}; fi
for table in ${OWN.join(' ')}; do nft delete table inet $table; done
. ./settings
nft list ruleset > now; nft -s list ruleset > now.rules
if cmp -s now.rules before.rules && ! cmp -s now before; then . ./counters; fi
cd /; rm -rf "$2"
exit $status`

export class Restorer {
  readonly #shell: ChildProcess
  readonly #ended: Promise<number | null>
  /** The descriptor of the file to which the wire's flows are written. */
  readonly journal: number

  constructor(restorable: Restorable) {
    const folder = mkdtempSync(join(tmpdir(), 'nftproof-netns-'))
    chmodSync(folder, 0o700)
    const detach = positional(restorable.detach.map(found), FIRST, 'limited ')
    const settings = settingsOf(restorable.net, FIRST + detach.words.length)
    writeFileSync(join(folder, 'unplug'), detach.script)
    writeFileSync(join(folder, 'settings'), settings.script)
    writeFileSync(join(folder, 'before'), restorable.before.ruleset)
    writeFileSync(join(folder, 'before.rules'), restorable.before.rules)
    writeFileSync(join(folder, 'counters'), lines(counterLines(restorable, folder)))
    this.journal = openSync(join(folder, 'flows'), 'a')
    const forget = fileURLToPath(startedModule('forget-journal'))
    const own = [`${restorable.sandbox}`, folder, process.execPath, forget]
    const words = [...own, ...detach.words, ...settings.words]
    const script = `${limited()}\n${SCRIPT}`
    const command = [`--net=${restorable.net}`, 'sh', '-c', script, 'sh', ...words]
    this.#shell = spawn(findProgram('nsenter'), command, {
      stdio: ['pipe', 'ignore', 'ignore', restorable.lock],
      // It ignores signals to the process group and the end of the terminal.
      detached: true,
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    })
    this.#ended = new Promise((resolve) => {
      this.#shell.on('close', (code) => resolve(code))
      this.#shell.on('error', () => {
        rmSync(folder, { recursive: true, force: true })
        resolve(null)
      })
    })
  }

  /** Resolves when everything is restored. The sandbox must have ended. */
  async finish(): Promise<void> {
    this.#shell.stdin?.end()
    const timeoutMs = timeLimitMs('guard')
    const ended = await Promise.race([this.#ended, sleep(timeoutMs, undefined, { ref: false })])
    closeSync(this.journal)
    if (ended === 0) return
    if (ended !== undefined) throw new EnvironmentError(ended === FLOWS_STAY ? STAYING : CUT_SHORT)
    this.#shell.unref()
    throw new EnvironmentError(
      `the namespace was not restored within ${timeoutMs / 1000} s: process ${this.#shell.pid} still runs: find out why it waits (ps --forest -g ${this.#shell.pid})`,
    )
  }
}

const lines = (commands: readonly string[]): string => commands.map((one) => `${one}\n`).join('')

/** By its path, so the name cannot be a function of the script. */
const found = ([program, ...args]: DetachCommand): string[] => [findProgram(program), ...args]

/**
 * `printf '%s
 * ' VALUE > FILE`, with both as parameters.
 */
function settingsOf(net: string, first: number): Positional {
  const words = QUIET.flatMap((name) => {
    const path = `/proc/sys/${name}`
    return [execInNetns(net, 'cat', path).trim(), path]
  })
  const script = QUIET.map((_, i) => {
    const at = first + 2 * i
    return `printf '%s\\n' "\${${at}}" > "\${${at + 1}}"\n`
  })
  return { script: script.join(''), words }
}

/** iptables tables are loaded by iptables' own program, because nft does not list all of them. */
function counterLines({ net, before }: Restorable, folder: string): string[] {
  const { managed, ruleset } = before
  if (managed.length === 0) return ['{ echo flush ruleset; cat before; } | nft -f -']
  const programs = PROGRAMS.filter(([family]) => managed.some((name) => name.startsWith(family)))
  for (const [, program] of programs)
    writeFileSync(join(folder, program), execInNetns(net, `${program}-save`, '-c'))
  const own = tablesOf(ruleset).filter(({ name }) => !managed.includes(name))
  const fresh = own.map(({ name, text }) => `table ${name}\ndelete table ${name}\n${text}`)
  writeFileSync(join(folder, 'own'), fresh.join(''))
  return [
    ...programs.map(([, program]) => `limited ${program}-restore -c < ${program}`),
    'nft -f own',
  ]
}

const PROGRAMS = [
  ['ip ', 'iptables-nft'],
  ['ip6 ', 'ip6tables-nft'],
] as const
