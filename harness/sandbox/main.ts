/**
 * The sandbox's first process: hands each lab's requests to a worker thread of
 * its own. Ends when the command ends, whichever way that happens.
 */
import { Worker } from 'node:worker_threads'
import { EXIT } from '../failure.ts'
import { setWireSysctls } from '../lab/sysctls.ts'
import { type Reply, type Request, toPlain } from './messages.ts'
import { sibling } from './sibling.ts'

const idle: Worker[] = []
const busy = new Map<number, Worker>()

function start(): void {
  if (!process.send) throw new Error('this is started by nftproof itself')
  process.on('disconnect', () => process.exit(EXIT.notMeasured))
  // The command may have ended before anybody listened for that.
  if (!process.connected) process.exit(EXIT.notMeasured)
  setWireSysctls()
  const warm = Number(process.argv[2] ?? 1)
  for (let i = 0; i < warm; i++) idle.push(startWorker())
  process.on('message', (request) => dispatch(request as Request))
  reply({ kind: 'ready' })
}

function startWorker(): Worker {
  const worker = new Worker(sibling(import.meta.url, 'worker'))
  worker.on('message', (message: Reply) => reply(message))
  worker.on('error', (error) => {
    // A worker that fails outside a request cannot be trusted, nor can its lab.
    process.stderr.write(`${toPlain(error).stack ?? error}\n`)
    process.exit(EXIT.notMeasured)
  })
  return worker
}

function dispatch(request: Request): void {
  const { lab, call } = request
  const worker = call === 'open' ? (idle.pop() ?? startWorker()) : busy.get(lab)
  if (!worker) {
    const error = { message: `${call}: there is no lab ${lab}` }
    reply({ kind: 'error', id: request.id, error })
    return
  }
  if (call === 'open') busy.set(lab, worker)
  if (call === 'close') {
    busy.delete(lab)
    idle.push(worker)
  }
  worker.postMessage(request)
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}

start()
