/** The system's programs that a job calls, installed by the machine's package manager where that is allowed. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { fail, NOT_MEASURED, prepare, say } from './child.mjs'
import { neededPrograms } from './needed.mjs'

/** The table that harness/system/find-program.ts reads, too. */
const { managers: MANAGERS, ...groups } = JSON.parse(
  readFileSync(new URL('../../harness/system/programs.json', import.meta.url), 'utf8'),
)
/** Programs of one package stand in one key, with blanks between them. */
const PACKAGES = Object.fromEntries(
  Object.values(groups).flatMap((group) =>
    Object.entries(group).flatMap(([names, row]) => names.split(' ').map((name) => [name, row])),
  ),
)

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** `root` is the project's folder, whose npm packages are installed. */
export async function installPrograms(root, job) {
  const names = await neededPrograms(root, job)
  const missing = names.filter((name) => !find(name))
  if (missing.length === 0) return
  const manager = Object.keys(MANAGERS).find((name) => find(name))
  if (!manager) fail(NOT_MEASURED, `missing: ${missing.map(described).join(', ')}. ${BY_HAND}`)
  const packages = packagesOf(missing, manager)
  const commands = MANAGERS[manager].map((words, i, all) =>
    i === all.length - 1 ? [...words, ...packages] : words,
  )
  const lead = privilege()
  if (!lead) {
    const line = commands.map((c) => `sudo ${c.join(' ')}`).join(' && ')
    fail(NOT_MEASURED, `missing: ${missing.join(', ')}. Install with:\n  ${line}`)
  }
  for (const command of commands) await runInstaller([...lead, ...command])
  const still = missing.filter((name) => !find(name))
  if (still.length > 0)
    fail(NOT_MEASURED, `still missing after the installation: ${still.join(', ')}`)
}

const BY_HAND = `Install these packages, then try again (no package manager was found; known are ${Object.keys(MANAGERS).join(', ')}).`

/** With the package that has it, by Debian's name. */
const described = (name) => `${name} (${PACKAGES[name][0]})`

function packagesOf(names, manager) {
  const at = Object.keys(MANAGERS).indexOf(manager)
  const without = names.filter((name) => !PACKAGES[name][at])
  if (without.length > 0)
    fail(
      NOT_MEASURED,
      `missing: ${without.join(', ')}. No package of ${manager} is known that has it; install it by hand.`,
    )
  return [...new Set(names.map((name) => PACKAGES[name][at]))]
}

/** What a command is preceded by to run as root; undefined where that needs a password. */
function privilege() {
  if (process.geteuid?.() === 0) return []
  const sudo = find('sudo')
  if (sudo && spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' }).status === 0) return [sudo, '-n']
  return undefined
}

async function runInstaller(command) {
  say(command.join(' '))
  const run = await prepare(command, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (run.status === 0) return
  process.stderr.write(run.output ?? '')
  const why = run.error ? run.error.message : 'its output is above'
  fail(NOT_MEASURED, `failed: ${command.join(' ')} (${why})`)
}

function find(name) {
  // NFTPROOF_PATH_ONLY is for those who want no other programs than their PATH's.
  const also = process.env.NFTPROOF_PATH_ONLY ? [] : ALSO
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...also]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    // BusyBox has programs of these names that lack the options used here; its shell will do.
    return basename(path) === 'sh' || basename(realpathSync(path)) !== 'busybox'
  } catch {
    return false
  }
}
