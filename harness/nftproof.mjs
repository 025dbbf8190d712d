/**
 * `npm run nftproof` in the checkout. Plain JavaScript, because it may be called
 * by whatever Node there is, before the project's own one is installed.
 */
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `nftproof: this is Node ${process.versions.node}, which cannot run it; npm run conformance (or npm ci) installs the one that it needs\n`,
  )
  process.exit(3)
}
await import('./cli/main.ts')
