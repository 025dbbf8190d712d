/** Versions of everything that a verdict rests on. */
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import type { Versions } from '../../src/result/result.ts'
import { findTool } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

// Every run asks for them, and loading execa takes longer than this program.
export function versions(): Versions {
  const { stdout } = runProgramSync(findTool('nft'), ['--version'])
  return {
    nftproof: ownVersion(),
    node: process.versions.node,
    kernel: release(),
    nft: /v(\S+)/.exec(stdout)?.[1] ?? stdout.trim(),
  }
}

/** From package.json, which lies two folders above the source's and three above the built package's. */
export function ownVersion(): string {
  for (const up of ['../..', '../../..']) {
    try {
      const url = new URL(`${up}/package.json`, import.meta.url)
      return JSON.parse(readFileSync(url, 'utf8')).version
    } catch {}
  }
  return 'unknown'
}
