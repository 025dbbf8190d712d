/** Starts the sandbox that a command's flags ask for. */
import { availableParallelism } from 'node:os'
import { EVERY_RUN, findProgram } from '../system/find-program.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

export interface Started {
  readonly sandbox: Sandbox
  readonly rootless: boolean
  /** Labs open at once. */
  readonly jobs: number
}

/** Two families, so most runs have two labs; more workers are started when they are needed. */
const WORKERS = 2

export interface SandboxFlags {
  readonly rootless?: boolean
  readonly jobs?: number
  /** Labs that are open at once but mostly wait; a thread for each core holds them. */
  readonly labs?: number
  /** Labs may be in namespaces of processes outside. */
  readonly reachesOut?: boolean
  readonly userNamespaceOf?: number | undefined
}

export function startSandbox(flags: SandboxFlags): Started {
  const rootless = flags.rootless === true || mustBeRootless()
  const jobs = flags.jobs ?? availableParallelism()
  // The sandbox needs them later: better said now.
  for (const tool of EVERY_RUN) findProgram(tool)
  const threads = Math.max(WORKERS, jobs)
  const sandbox = new Sandbox({
    rootless,
    ...(flags.reachesOut === undefined ? {} : { reachesOut: flags.reachesOut }),
    userNamespaceOf: flags.userNamespaceOf,
    ...(flags.labs === undefined
      ? { workers: Math.min(jobs, WORKERS) }
      : { workers: Math.min(flags.labs, threads), mostWorkers: threads }),
  })
  return { sandbox, rootless, jobs }
}
