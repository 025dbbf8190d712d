/** Programs of this machine, run in the network namespace that a path names. */
import { EnvironmentError } from '../system/errors.ts'
import { findProgram, type Program } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

export interface ExecResult {
  readonly stdout: string
  readonly stderr: string
}

/** What the program prints. Throws EnvironmentError where it fails. */
export function resultInNetns(
  net: string,
  program: Program,
  ...args: readonly string[]
): ExecResult {
  const command = [`--net=${net}`, findProgram(program), ...args]
  const { status, stdout, stderr } = runProgramSync(findProgram('nsenter'), command, {
    name: program,
  })
  if (status === 0) return { stdout, stderr }
  const said = stderr.trim() || `exit ${status}`
  throw new EnvironmentError(`${program} ${args.join(' ')} in the firewall's namespace: ${said}`)
}

/** What the program prints, however it ends. */
export function outputInNetns(net: string, program: Program, ...args: readonly string[]): string {
  const command = [`--net=${net}`, findProgram(program), ...args]
  return runProgramSync(findProgram('nsenter'), command, { name: program }).stdout
}

export function execInNetns(net: string, program: Program, ...args: readonly string[]): string {
  return resultInNetns(net, program, ...args).stdout
}

export function jsonInNetns(net: string, program: Program, ...args: readonly string[]): unknown {
  return kernelJson(execInNetns(net, program, ...args))
}
