/**
 * Runs a script that sets up a firewall, in the calling thread's network
 * namespace. It may do as it likes there, and nowhere else: what it writes to
 * files goes to memory and is gone with it, the kernel's settings are
 * read-only but for those of its own network, and it may load no modules.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { findTool } from '../tools.ts'

/** A script may take this long. */
const SCRIPT_MS = 60_000
/** Lines of a script's output that are shown when it fails. */
const LAST_LINES = 8
const FOLDER = '/run/nftproof/scripts'

// A folder over which nothing can be laid is made read-only instead.
const CONFINE = `set -e
over=/run/nftproof/over; mkdir -p $over; mount -t tmpfs none $over
for d in /*; do
  case $d in /proc|/sys|/dev|/run) continue;; esac
  if [ ! -d "$d" ] || [ -L "$d" ]; then continue; fi
  mkdir -p "$over$d/up" "$over$d/work"
  mount -t overlay overlay -o "lowerdir=$d,upperdir=$over$d/up,workdir=$over$d/work" "$d" 2>/dev/null ||
    { mount --rbind "$d" "$d" && mount -o remount,bind,ro "$d"; } 2>/dev/null || true
done
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
cd "$1"; shift
exec setpriv --bounding-set -sys_module,-sys_boot,-sys_time,-sys_rawio,-sys_admin,-mknod "$@"`

/** Throws InputFailure where the script fails, with the end of what it said. */
export function runScript(part: FirewallPart): void {
  const { file, folder = '/', interpreter = ['sh'] } = part
  if (!spawnable(interpreter[0]!))
    throw new EnvironmentFailure(`${file}: ${interpreter[0]} is not on this machine`)
  const { status, signal, stdout, stderr, error } = spawnSync(
    findTool('unshare'),
    ['--mount', 'sh', '-c', CONFINE, 'sh', folder, ...interpreter, pathOf(part)],
    {
      encoding: 'utf8',
      timeout: SCRIPT_MS,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  if (status === 0) return
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-LAST_LINES).join('\n')
  const late = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
  const how = late
    ? `did not end within ${SCRIPT_MS / 1000} s`
    : signal
      ? `was ended by ${signal}`
      : `ended with code ${status}`
  throw new InputFailure(
    `the script ${file} ${how}${output ? `:\n${output}` : ' and said nothing'}`,
  )
}

const spawnable = (program: string): boolean =>
  program.startsWith('/')
    ? existsSync(program)
    : (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))

/** The file itself, so that the script finds what lies beside it; a copy of one that is in a revision only. */
function pathOf({ file, folder, text }: FirewallPart): string {
  const own = join(folder ?? '/', basename(file))
  if (existsSync(own) && readFileSync(own, 'utf8').trimEnd() === text.trimEnd()) return own
  mkdirSync(FOLDER, { recursive: true })
  const copy = join(FOLDER, basename(file))
  writeFileSync(copy, text)
  return copy
}
