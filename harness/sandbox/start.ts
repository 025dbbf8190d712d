/** Starts the sandbox for the flags of a command. */
import { availableParallelism } from 'node:os'
import { EVERY_RUN, findProgram } from '../system/find-program.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

export interface Started {
  readonly sandbox: Sandbox
  readonly rootless: boolean
  /** The number of labs that are open at once. */
  readonly jobs: number
}

/** Most runs have two labs, one for each family. More workers are started on demand. */
const WORKERS = 2

export interface SandboxFlags {
  readonly rootless?: boolean
  readonly jobs?: number
  /** Labs that are open at once but mostly wait. One thread for each core holds them. */
  readonly labs?: number
  /** Labs may be in existing namespaces of other processes. */
  readonly reachesOut?: boolean
  readonly userNamespaceOf?: number | undefined
}

export function startSandbox(flags: SandboxFlags): Started {
  const rootless = flags.rootless === true || mustBeRootless()
  const jobs = flags.jobs ?? availableParallelism()
  // The sandbox needs them later. An early error is better.
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
