/** Starts the sandbox that a command's flags ask for. */
import { availableParallelism } from 'node:os'
import { findTool } from '../tools.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

export interface Started {
  readonly sandbox: Sandbox
  readonly rootless: boolean
  /** Labs open at once. */
  readonly jobs: number
}

/** Two families, so most runs have two labs; more workers are started when they are needed. */
const WORKERS = 2

export function startSandbox(flags: {
  readonly rootless?: boolean
  readonly jobs?: number
  /** Labs that are wanted at once whatever the jobs are, where that is known before. */
  readonly labs?: number
}): Started {
  const rootless = flags.rootless === true || mustBeRootless()
  const jobs = flags.jobs ?? availableParallelism()
  // The sandbox needs them later: better said now.
  for (const tool of ['nft', 'ip']) findTool(tool)
  const sandbox = new Sandbox({ rootless, workers: flags.labs ?? Math.min(jobs, WORKERS) })
  return { sandbox, rootless, jobs }
}
