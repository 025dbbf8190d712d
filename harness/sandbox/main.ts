/**
 * The sandbox's first process: passes each lab's requests to the worker thread that holds it. It
 * ends when the command ends, for whatever reason.
 */
import { flushCompileCache } from 'node:module'
import { Worker } from 'node:worker_threads'
import { type Question, tell, type Waiting } from '../contract/asking.ts'
import { type Reply, type Request, type Told, toPlain } from '../contract/messages.ts'
import { reached } from '../contract/stage.ts'
import { setWireSysctls } from '../lab/sysctls.ts'
import { EXIT } from '../system/errors.ts'
import { startedModule } from '../system/module-url.ts'
import { keepHostProc } from './host-proc.ts'

/** Threads started at once, and their maximum. Further labs share them. */
const [warm = 1, most = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number)
/** Every worker with the number of its labs. */
const workers = new Map<Worker, number>()
const holders = new Map<number, Worker>()
const outside = keepHostProc()
/** Threads that wait for a program in a container, by the number of their request. */
const asking = new Map<number, Waiting>()
let questions = 0

function start(): void {
  if (!process.send) throw new Error('only nftproof itself may start this program')
  reached('sandbox entered')
  process.on('disconnect', () => process.exit(EXIT.notMeasured))
  // The command may have ended before this listener was installed.
  if (!process.connected) process.exit(EXIT.notMeasured)
  setWireSysctls()
  for (let i = 0; i < warm; i++) startWorker()
  process.on('message', (message) => receive(message as Request | Told))
  reply({ kind: 'ready' })
  // A signal ends this process, so Node itself would not write its compile cache.
  flushCompileCache()
}

function startWorker(): Worker {
  const worker = newWorker()
  workers.set(worker, 0)
  worker.on('message', (message: Reply | Question) => {
    if (message.kind === 'question') pass(message)
    else reply(message)
  })
  worker.on('error', (error) => {
    // A worker that fails outside a request cannot be trusted, and neither can its lab.
    const { message, exitCode, stack } = toPlain(error)
    process.stderr.write(`${exitCode === undefined ? (stack ?? message) : message}\n`)
    process.exit(EXIT.notMeasured)
  })
  return worker
}

/** If no thread can be started, only the reason is printed. */
function newWorker(): Worker {
  try {
    return new Worker(startedModule('worker'), { workerData: { outside } })
  } catch (error) {
    process.stderr.write(`no thread can be started: ${(error as Error).message}\n`)
    process.exit(EXIT.notMeasured)
  }
}

function pass({ container, execution, waiting }: Question): void {
  const id = ++questions
  asking.set(id, waiting)
  reply({ kind: 'execute', id, container, execution })
}

function receive(message: Request | Told): void {
  if ('toldOf' in message) answered(message)
  else dispatch(message)
}

function answered({ toldOf, answer }: Told): void {
  const waiting = asking.get(toldOf)
  asking.delete(toldOf)
  if (waiting) tell(waiting, answer)
}

function dispatch(request: Request): void {
  const { lab, call } = request
  const worker = workerFor(request)
  if (!worker) {
    const error = { message: `${call}: unknown lab ${lab}` }
    reply({ kind: 'error', id: request.id, error })
    return
  }
  if (call === 'open') hold(worker, lab)
  if (call === 'close') release(worker, lab)
  worker.postMessage(request)
}

function workerFor({ id, lab, call }: Request): Worker | undefined {
  if (call === 'open') return leastBusy()
  // Checks are finished before labs are opened, so every thread takes its share.
  return call === 'check' ? [...workers.keys()][id % workers.size] : holders.get(lab)
}

/** A worker without labs, a new one, or the one with the fewest labs. */
function leastBusy(): Worker {
  const [worker, held] = [...workers].toSorted(([, a], [, b]) => a - b)[0] ?? []
  if (worker && (held === 0 || workers.size >= most)) return worker
  return startWorker()
}

function hold(worker: Worker, lab: number): void {
  holders.set(lab, worker)
  workers.set(worker, workers.get(worker)! + 1)
}

function release(worker: Worker, lab: number): void {
  holders.delete(lab)
  workers.set(worker, workers.get(worker)! - 1)
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}

start()
