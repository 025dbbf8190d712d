/**
 * The documents:
 *
 *     node tools/docs.ts           writes the generated pages of docs/
 *     node tools/docs.ts --record  writes what samples print now into the pages (all, or those that are named)
 *     node tools/docs.ts --run     runs the samples and says which are out of date
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedPages } from './docs/generated.ts'
import { pagePaths, pageText, ROOT } from './docs/pages.ts'
import { recorded } from './docs/record.ts'
import { runSamples, sampleFaults } from './docs/samples.ts'

const [mode, ...named] = process.argv.slice(2)
const paths = named.length > 0 ? named : pagePaths()

if (mode === '--record') for (const path of paths) record(path)
else if (mode === '--run') for (const path of paths) report(path)
else for (const [path, text] of generatedPages()) writeFileSync(join(ROOT, path), text)

function record(path: string): void {
  const before = pageText(path)
  const after = recorded(before)
  if (after === before) return
  writeFileSync(join(ROOT, path), after)
  process.stdout.write(`${path}: recorded\n`)
}

function report(path: string): void {
  for (const { line, command, problem } of sampleFaults(runSamples(pageText(path)))) {
    process.stdout.write(`${path}:${line}: ${command}: ${problem}\n`)
    process.exitCode = 1
  }
}
