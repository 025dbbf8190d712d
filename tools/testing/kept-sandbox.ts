/**
 * One sandbox for several runs of a file's tests. A new one takes as much processor time as a sweep
 * of few ports, and its threads compile the program anew.
 */
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import { afterFile } from './after-file.ts'

/** The kernel walks what earlier labs left. After some runs, a new sandbox takes less time. */
const RUNS_OF_ONE = 20
const WORKERS = 2

let kept: Sandbox | undefined
let runs = 0

/** A sandbox that stays open when a run closes it. */
export async function keptSandbox(): Promise<Sandbox> {
  if (kept === undefined || kept.hasEnded || runs >= RUNS_OF_ONE) {
    await end()
    kept = new Sandbox({ rootless: mustBeRootless(), workers: WORKERS })
    runs = 0
    afterFile(end)
  }
  runs++
  return open(kept)
}

async function end(): Promise<void> {
  const last = kept
  kept = undefined
  await last?.close()
}

/** A proxy, because a run needs an object of the class, which has private fields. */
function open(sandbox: Sandbox): Sandbox {
  return new Proxy(sandbox, {
    get(target, name) {
      if (name === 'close') return async () => {}
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
