/** A thread of the sandbox that holds labs and executes requests synchronously. */
import { flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { ask } from '../contract/asking.ts'
import type { FaultInjection, LabSpec } from '../contract/lab.ts'
import { type Request, toPlain } from '../contract/messages.ts'
import { reached } from '../contract/stage.ts'
import { canStartPrograms, startProgram } from '../kernel/start-program.ts'
import { Lab } from '../lab/lab.ts'
import { startProgramsBy } from '../system/run-program-sync.ts'
import { tryFirewall } from './trial.ts'

const labs = new Map<number, Lab>()

if (canStartPrograms()) startProgramsBy(startProgram)

parentPort?.on('message', (request: Request) => {
  const { id } = request
  try {
    reached(`${request.call} asked`)
    const value = perform(request)
    reached(`${request.call} answered`)
    parentPort?.postMessage({ kind: 'value', id, value })
    keepCompiled()
  } catch (error) {
    parentPort?.postMessage({ kind: 'error', id, error: toPlain(error) })
  }
})

let isKept = false

/**
 * A signal ends the sandbox, so Node itself would not write its compile cache. Free if it is
 * already written.
 */
function keepCompiled(): void {
  if (isKept) return
  isKept = true
  flushCompileCache()
}

function perform({ lab: number, call, args }: Request): unknown {
  if (call === 'check') {
    const [firewall, links] = args as readonly [Firewall, readonly string[]]
    return tryFirewall(firewall, links)
  }
  if (call === 'open') {
    const [spec, faults] = args as readonly [LabSpec, FaultInjection]
    labs.set(number, new Lab({ number, hostProc: workerData.outside, ask }, spec, faults))
    return undefined
  }
  const lab = labs.get(number)
  if (!lab) throw new Error(`${call}: unknown lab ${number}`)
  if (call === 'close') {
    labs.delete(number)
    lab.close()
    return undefined
  }
  return (lab[call] as (...args: readonly unknown[]) => unknown).apply(lab, [...args])
}
