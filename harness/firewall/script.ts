/**
 * Runs a script that sets up a firewall, in the calling thread's network
 * namespace. It may do as it likes there, and nowhere else: what it writes to
 * files goes to memory and is gone with it, the kernel's settings are
 * read-only but for those of its own network, and it may load no modules.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { innerMountSetup } from '../sandbox/root.ts'
import { ProgramError } from '../system/program-error.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { safeText } from '../system/safe-text.ts'
import { TIME_LIMITS } from '../system/time-limits.ts'
import { findTool } from '../tools.ts'

/** Lines of a script's output that are shown when it fails. */
const LAST_LINES = 8
const LAST_BYTES = 4096
const FOLDER = '/run/nftproof/scripts'

// A file system over which nothing can be laid is made read-only instead. Mounts that
// came from outside are locked in a user namespace, and no layer goes over a folder that
// has such below it (EINVAL): its entries then get layers of their own.
// What is written goes into copies of the folders above it, and those of somebody who is
// unknown in a user namespace cannot be copied (EOVERFLOW): where scripts are likely to
// write, the way there is laid out before.
const CONFINE = `set -e
over=/run/nftproof/over; mkdir -p $over; mount -t tmpfs none $over
layers=0
lay() {
  layers=$((layers + 1))
  set -- "$1" $over/$layers
  mkdir -p $2/up $2/work
  for way in "$folder" "\${TMPDIR:-}" "\${HOME:-}"; do pave "$1" $2/up "$way"; done
  if mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work" "$1" 2>/dev/null; then return; fi
  if grep -qF " $1/" /proc/self/mountinfo; then lay_entries "$1" $2/old; return; fi
  if mount --bind "$1" "$1" 2>/dev/null; then mount -o remount,bind,ro "$1"; else deleted "$1"; fi
}
lay_entries() {
  mkdir "$2"
  if ! mount --rbind "$1" "$2" 2>/dev/null; then deleted "$1"; return; fi
  mount -t tmpfs none "$1"; chmod --reference="$2" "$1"
  for e in "$2"/* "$2"/.[!.]*; do
    set -- "$1" "$2" "$e" "$1/\${e##*/}"
    if [ -L "$3" ]; then cp -P "$3" "$4" || gone "$3"
    elif [ -d "$3" ]; then mkdir "$4"
      if mount --rbind "$3" "$4" 2>/dev/null; then lay "$4"; else gone "$3"; rmdir "$4"; fi
    elif [ -e "$3" ]; then : > "$4"
      if mount --bind "$3" "$4" 2>/dev/null; then mount -o remount,bind,ro "$4"; else gone "$3"; rm "$4"; fi
    fi
  done
}
# Others come and go meanwhile. Of a folder that was deleted there is nothing to protect.
gone() {
  if [ -e "$1" ]; then echo "$1 cannot be mounted" >&2; exit 32; fi
}
deleted() {
  if [ "$(stat -c %h "$1")" != 0 ]; then echo "$1 cannot be mounted" >&2; exit 32; fi
}
pave() {
  case $3 in "$1"/*) ;; *) return 0;; esac
  rest=\${3#"$1"/} at=
  while [ -n "$rest" ]; do
    at=$at/\${rest%%/*}
    case $rest in */*) rest=\${rest#*/};; *) rest=;; esac
    if [ -L "$1$at" ] || [ ! -d "$1$at" ]; then return 0; fi
    mkdir -p "$2$at"; chmod --reference="$1$at" "$2$at"
    chown --reference="$1$at" "$2$at" 2>/dev/null || true
  done
}
folder=$1
for d in /*; do
  case $d in /proc|/sys|/dev|/run) continue;; esac
  if [ -d "$d" ] && [ ! -L "$d" ]; then lay "$d"; fi
done
mount --bind /proc/sys /proc/sys
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,ro /proc/sys
cd "$1"; shift
exec setpriv --bounding-set -sys_module,-sys_boot,-sys_time,-sys_rawio,-sys_admin,-mknod "$@"`

/** Throws InputFailure where the script fails, EnvironmentFailure where it does not end in time, with the end of what it said. */
export function runScript(part: FirewallPart): void {
  const { file, folder = '/', interpreter = ['sh'] } = part
  if (!spawnable(interpreter[0]!))
    throw new EnvironmentFailure(`${file}: ${interpreter[0]} is not on this machine`)
  const { options: mounting, script } = innerMountSetup()
  const confined = ['sh', '-c', `${script}${CONFINE}`, 'sh', folder, ...interpreter, pathOf(part)]
  const output = openOutput()
  try {
    const options = { name: 'script', outputTo: output }
    const { status } = runProgramSync(
      findTool('unshare'),
      ['--mount', ...mounting, ...confined],
      options,
    )
    if (status !== 0)
      throw new InputFailure(`the script ${file} ended with code ${status}${endOf(output)}`)
  } catch (error) {
    throw error instanceof ProgramError ? explained(error, file, endOf(output)) : error
  } finally {
    closeSync(output)
  }
}

/** A file, not a pipe: what a script leaves running would hold a pipe open. */
function openOutput(): number {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, 'output')
  const fd = openSync(path, 'w+')
  unlinkSync(path)
  return fd
}

function endOf(output: number): string {
  const { size } = fstatSync(output)
  const end = Buffer.alloc(Math.min(size, LAST_BYTES))
  readSync(output, end, 0, end.length, size - end.length)
  const lines = end.toString('utf8').trim().split('\n').slice(-LAST_LINES)
  const said = safeText(lines.join('\n'), LAST_BYTES)
  return said === '' ? ' and said nothing' : `:\n${said}`
}

function explained(error: ProgramError, file: string, said: string): Error {
  const { ending } = error
  const script = `the script ${file}`
  switch (ending.kind) {
    case 'timed-out':
      return new EnvironmentFailure(
        `${script} did not end within ${ending.timeoutMs / 1000} s: it was stopped, with all that it had started. Find out what it waits for, or allow it more time (${TIME_LIMITS}=script=600)${said.replace(/^ and/, '; it')}`,
      )
    case 'killed':
      return new InputFailure(`${script} was ended by ${ending.signal}${said}`)
    default:
      return error
  }
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
