/** Runs nft(8) in the calling thread's network namespace. */
import { spawnSync } from 'node:child_process'
import { EnvironmentFailure } from '../failure.ts'
import { findTool } from '../tools.ts'

export function loadRuleset(text: string): void {
  const { status, stderr } = spawnSync(findTool('nft'), ['-f', '-'], {
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new EnvironmentFailure(`nft: ${stderr}`)
}
