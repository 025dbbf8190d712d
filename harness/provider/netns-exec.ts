/** Runs programs of this machine in the network namespace at a path. */
import { EnvironmentError } from '../system/errors.ts'
import { findProgram, type Program } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

export interface ExecResult {
  readonly stdout: string
  readonly stderr: string
}

/** Returns the output of the program. Throws EnvironmentError if it fails. */
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

/** Returns the output of the program, whatever its exit code. */
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
