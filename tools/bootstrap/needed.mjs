/** Asks tools/bootstrap/needed.ts which programs a job calls, and remembers the answer. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, NOT_MEASURED, prepare } from './child.mjs'

const SCRIPT = 'tools/bootstrap/needed.ts'
/** What the answer depends on. */
const SOURCES = ['scenarios', 'harness/firewall', 'harness/system/programs.json', SCRIPT]

/** Names of programs. `root` is the project's folder. */
export async function neededPrograms(root, job) {
  const file = join(root, 'node_modules/.nftproof', `programs-${job}-${who()}.json`)
  const isFresh = modified(file) > Math.max(...SOURCES.map((path) => newest(join(root, path))))
  const known = isFresh ? remembered(file) : undefined
  if (known) return known
  const names = await ask(root, job)
  remember(file, names)
  return names
}

/** Not everybody needs the same for the tests. */
function who() {
  return `${process.geteuid?.() === 0 ? 'root' : 'user'}${process.env.CI ? '-ci' : ''}`
}

async function ask(root, job) {
  const command = [join(root, 'node_modules/.bin/node'), join(root, SCRIPT), job]
  const run = await prepare(command, { cwd: root })
  if (run.status === 0) return JSON.parse(run.stdout)
  process.stderr.write(run.output)
  return fail(NOT_MEASURED, `${command.join(' ')} failed; its output is above`)
}

/** Undefined where the writing of it was cut short. */
function remembered(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** The folder may be somebody else's, who has installed the packages. */
function remember(file, names) {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(names))
  } catch {}
}

/** When the newest file at or below the path was changed. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
