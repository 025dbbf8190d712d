/**
 * `npm run nftproof` in the checkout, or `node …/tools/nftproof.mjs` from any
 * folder. Plain JavaScript, because it may be called by whatever Node there is:
 * one that is too old starts the project's own.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fail, NOT_MEASURED, Signal, start } from './bootstrap/child.mjs'

const MAIN = fileURLToPath(new URL('../harness/cli/main.ts', import.meta.url))
const OWN_NODE = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) await import('../harness/cli/main.ts')
else if (existsSync(OWN_NODE)) await underOwnNode()
else {
  process.stderr.write(
    `nftproof: this is Node ${process.versions.node}, which cannot run it; npm run conformance (or npm ci) installs the one that it needs\n`,
  )
  process.exitCode = NOT_MEASURED
}

async function underOwnNode() {
  try {
    const run = await start([OWN_NODE, MAIN, ...process.argv.slice(2)], { stdio: 'inherit' })
    if (run.error) fail(NOT_MEASURED, `${OWN_NODE} could not be started: ${run.error.message}`)
    process.exitCode = run.status ?? NOT_MEASURED
  } catch (error) {
    if (!(error instanceof Signal)) throw error
    process.kill(process.pid, error.name)
  }
}
