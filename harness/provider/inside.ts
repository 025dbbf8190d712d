/** Programs of this machine, run in the network namespace that a path names. */
import { spawnSync } from 'node:child_process'
import { EnvironmentFailure } from '../failure.ts'
import { findTool, type Program } from '../tools.ts'

const MOST_BYTES = 1 << 30

export interface Said {
  readonly stdout: string
  readonly stderr: string
}

/** What the program prints. Throws EnvironmentFailure where it fails. */
export function saidInside(net: string, program: Program, ...args: readonly string[]): Said {
  const command = [`--net=${net}`, findTool(program), ...args]
  const { status, stdout, stderr, error } = spawnSync(findTool('nsenter'), command, {
    encoding: 'utf8',
    maxBuffer: MOST_BYTES,
  })
  if (status === 0) return { stdout, stderr }
  const said = error?.message ?? (stderr.trim() || `exit ${status}`)
  throw new EnvironmentFailure(`${program} ${args.join(' ')} in the firewall's namespace: ${said}`)
}

export function inside(net: string, program: Program, ...args: readonly string[]): string {
  return saidInside(net, program, ...args).stdout
}

export function jsonInside(net: string, program: Program, ...args: readonly string[]): unknown {
  return JSON.parse(inside(net, program, ...args).trim() || '[]')
}
