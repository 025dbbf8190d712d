/** A thread of the sandbox that holds one lab at a time and does what it is told, synchronously. */
import { parentPort } from 'node:worker_threads'
import type { LabSpec, Sabotage } from '../lab/contract.ts'
import { Lab } from '../lab/lab.ts'
import { type Request, toPlain } from './messages.ts'

let lab: Lab | undefined

parentPort?.on('message', (request: Request) => {
  const { id } = request
  try {
    parentPort?.postMessage({ kind: 'value', id, value: perform(request) })
  } catch (error) {
    parentPort?.postMessage({ kind: 'error', id, error: toPlain(error) })
  }
})

function perform({ lab: number, call, args }: Request): unknown {
  if (call === 'open') {
    const [spec, sabotage] = args as readonly [LabSpec, Sabotage]
    lab = new Lab(number, spec, sabotage)
    return undefined
  }
  if (!lab) throw new Error(`${call}: no lab is open`)
  if (call === 'close') {
    lab.close()
    lab = undefined
    return undefined
  }
  return (lab[call] as (...args: readonly unknown[]) => unknown).apply(lab, [...args])
}
