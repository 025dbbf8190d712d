/** Versions of all programs that a verdict depends on. */
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import type { Versions } from '../../src/result/result.ts'
import { findProgram } from '../system/find-program.ts'
import { PACKAGE } from '../system/module-url.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

// Every run needs them, and loading execa takes longer than running this program.
export function versions(): Versions {
  const { stdout } = runProgramSync(findProgram('nft'), ['--version'])
  return {
    nftproof: ownVersion(),
    node: process.versions.node,
    kernel: release(),
    nft: /v(\S+)/.exec(stdout)?.[1] ?? stdout.trim(),
  }
}

/** From package.json. */
export function ownVersion(): string {
  try {
    return JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')).version
  } catch {
    return 'unknown'
  }
}
