/** Programs of this machine, run in the network namespace that a path names. */
import { EnvironmentFailure } from '../system/errors.ts'
import { findTool, type Program } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

export interface Said {
  readonly stdout: string
  readonly stderr: string
}

/** What the program prints. Throws EnvironmentFailure where it fails. */
export function saidInside(net: string, program: Program, ...args: readonly string[]): Said {
  const command = [`--net=${net}`, findTool(program), ...args]
  const { status, stdout, stderr } = runProgramSync(findTool('nsenter'), command, { name: program })
  if (status === 0) return { stdout, stderr }
  const said = stderr.trim() || `exit ${status}`
  throw new EnvironmentFailure(`${program} ${args.join(' ')} in the firewall's namespace: ${said}`)
}

/** What the program prints, however it ends. */
export function printedInside(net: string, program: Program, ...args: readonly string[]): string {
  const command = [`--net=${net}`, findTool(program), ...args]
  return runProgramSync(findTool('nsenter'), command, { name: program }).stdout
}

export function inside(net: string, program: Program, ...args: readonly string[]): string {
  return saidInside(net, program, ...args).stdout
}

export function jsonInside(net: string, program: Program, ...args: readonly string[]): unknown {
  return kernelJson(inside(net, program, ...args))
}
