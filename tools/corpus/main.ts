/**
 * `npm run corpus -- FOLDER [PARTS-OF-NAMES…]`: examines every ruleset of a folder
 * and writes what became of each into results/corpus.md and corpus.json; of those
 * that are named only, into what these have of the others. Ends with 1 where a
 * comparison found what was not changed, or not what was.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { readFirewall } from '../../harness/input/firewall.ts'
import { remark, say } from '../../harness/output/console.ts'
import { InputError } from '../../harness/system/errors.ts'
import { Limit } from '../../harness/system/limit.ts'
import { KINDS } from './changes.ts'
import { type Examined, examine, type Seen } from './examine.ts'

const BUDGET = 300_000
const PATIENCE_MS = 180_000
const RULESETS = /\.(?:nft|conf|rules|rules\.v[46]|v[46]|sh)$/

interface Line {
  readonly file: string
  readonly found: Examined
}

async function main(): Promise<void> {
  const [folder, ...parts] = process.argv.slice(2)
  if (folder === undefined) {
    remark('usage: npm run corpus -- FOLDER [PARTS-OF-NAMES…]')
    process.exitCode = 2
    return
  }
  const files = readdirSync(folder)
    .filter((name) => RULESETS.test(name))
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .sort()
  const atOnce = Math.max(1, Math.floor(availableParallelism() / 2))
  const limit = new Limit(atOnce)
  let done = 0
  const lines = await Promise.all(
    files.map((file) =>
      limit.run(async () => {
        const found = await examined(join(folder, file), file)
        say(` ${++done} of ${files.length} ${file}: ${words(found)}`)
        const line = { file, found }
        // As soon as it is known: a run of an hour may be cut off.
        write([...others([line]), line])
        return line
      }),
    ),
  )
  const wrong = lines.filter(({ found }) => isWrong(found))
  if (parts.length === 0) write(lines)
  say(`${lines.length} rulesets, ${wrong.length} wrong`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

async function examined(path: string, file: string): Promise<Examined> {
  try {
    const firewall = await readFirewall(path)
    return await examine(
      { ...firewall, origin: file },
      { budget: BUDGET, patience: PATIENCE_MS, jobs: 2 },
    )
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const why = error.message.split('\n')[0]!.replace(path, file)
    return { kind: 'not-loaded', code: 2, why, ms: 0 }
  }
}

function isWrong(found: Examined): boolean {
  if (found.kind === 'not-loaded') return false
  return (
    found.self === 'different' || Object.values(found.changes).some(({ kind }) => kind === 'wrong')
  )
}

function words(found: Examined): string {
  if (found.kind === 'not-loaded') return `not loaded (${found.code}): ${found.why}`
  const seen = Object.values(found.changes)
  const count = (kind: Seen['kind']): number => seen.filter((one) => one.kind === kind).length
  const faults = Object.entries(found.changes).flatMap(([name, one]) =>
    one.kind === 'wrong' ? [`\n   ${name}: ${one.what}`] : [],
  )
  return `with itself ${found.self}, changes: ${count('exact')} exact, ${count('none')} without effect, ${count('unknown')} unknown, ${count('wrong')} wrong, ${Math.round(found.ms / 1000)} s${faults.join('')}`
}

const MARKS: Readonly<Record<Seen['kind'], string>> = {
  exact: '✔',
  none: '–',
  unknown: '?',
  wrong: '✘',
}

const results = new URL('../../results/', import.meta.url)

/** What an earlier run found of the other files. */
function others(lines: readonly Line[]): Line[] {
  const file = new URL('corpus.json', results)
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Line[]) : []
  return known.filter((one) => !lines.some(({ file: name }) => name === one.file))
}

function write(found: readonly Line[]): void {
  const lines = found.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  writeFileSync(new URL('corpus.json', results), `${JSON.stringify(lines, null, 1)}\n`)
  writeFileSync(new URL('corpus.md', results), `${markdown(lines).join('\n')}\n`)
}

function markdown(lines: readonly Line[]): string[] {
  const examined = lines.flatMap(({ found }) => (found.kind === 'examined' ? [found] : []))
  const total = (kind: Seen['kind']): number =>
    examined.flatMap(({ changes }) => Object.values(changes)).filter((one) => one.kind === kind)
      .length
  return [
    '# Rulesets from the wild',
    '',
    `${lines.length} files. ${examined.length} load; ${examined.filter(({ self }) => self === 'same').length} of these show no difference to themselves. Of the changes of one rule, ${total('exact')} were found exactly, ${total('none')} have no effect there (single probes say so too), ${total('unknown')} could not be told, ${total('wrong')} were told wrongly.`,
    '',
    '✔ found, and nothing else; – nothing to find; ? not known; ✘ wrong',
    '',
    `| file | lines | hooks | paths | probes | with itself | ${KINDS.map(({ name }) => name).join(' | ')} | s |`,
    `|---|---:|---|---:|---:|---|${KINDS.map(() => '---').join('|')}|---:|`,
    ...lines.map(({ file, found }) => row(file, found)),
  ]
}

function row(file: string, found: Examined): string {
  const name = file.replaceAll('|', '\\|')
  if (found.kind === 'not-loaded') {
    const blank = KINDS.map(() => '').join(' | ')
    return `| ${name} | | | | | exit ${found.code}: ${found.why.replaceAll('|', '\\|')} | ${blank} | ${Math.round(found.ms / 1000)} |`
  }
  const self = `${found.self}${found.unsteady > 0 ? `, ${found.unsteady} unsteady` : ''}`
  const seen = KINDS.map((kind) => MARKS[found.changes[kind.name]!.kind])
  return `| ${name} | ${found.rules} | ${found.hooks} | ${found.paths} | ${found.probes.toLocaleString('en-US')} | ${self} | ${seen.join(' | ')} | ${Math.round(found.ms / 1000)} |`
}

await main()
