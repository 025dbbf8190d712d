/** A sandbox that dies, whatever kills it and whenever, is told as that: with the likely reason, exit code 3, never as a bug. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { load } from '../../tools/testing/wrong.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { reasonOfEnd } from './end.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

const { zones } = load('default-egress')[0]!.scenario
let sandbox: Sandbox | undefined
afterEach(() => sandbox?.close())

/** The one process that this one started last of all. */
function childOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? undefined : Number(text.split(' ')[0])
}

/** unshare, or the first process in the namespaces. */
const VICTIMS = {
  unshare: ({ pid }: Sandbox) => pid,
  'the first process': ({ pid }: Sandbox) => childOf(pid!),
} as const

/** Work that is under way when it is killed. */
const STAGES: Readonly<Record<string, (one: Sandbox) => Promise<{ during: Promise<unknown> }>>> = {
  'before a lab': async (one) => {
    await one.ready()
    return { during: one.openLab({ family: 4, zones }) }
  },
  'while a lab is opened and another call waits': async (one) => {
    const first = one.openLab({ family: 4, zones })
    await one.ready()
    return { during: Promise.all([first, one.openLab({ family: 6, zones })]) }
  },
  'in a sweep': async (one) => {
    const lab = await one.openLab({ family: 4, zones })
    return { during: lab.sweep(WHOLE) }
  },
}

const [from, to] = [zones[0]!, zones[1]!]
const WHOLE = {
  from: from.name,
  to: to.name,
  source: from.addresses.find(({ family }) => family === 4)!.address,
  target: to.addresses.find(({ family }) => family === 4)!.address,
  protocol: 'tcp' as const,
  numbers: [{ from: 0, to: 65535 }],
  answer: 'reply' as const,
}

describe.each(Object.entries(VICTIMS))('after %s is killed', (_, victim) => {
  test.each(Object.entries(STAGES))('%s', async (_stage, begin) => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    const { during } = await begin(sandbox)
    const said = during.catch((error: unknown) => error)
    process.kill(victim(sandbox)!, 'SIGKILL')
    const error = await said
    expect(error).toBeInstanceOf(EnvironmentError)
    expect((error as Error).message).toMatch(
      /^the sandbox ended by SIGKILL while it was in use: the kernel does that when memory runs out .*--jobs 1/,
    )
    // Whatever is asked later is told the same.
    await expect(sandbox.openLab({ family: 4, zones })).rejects.toThrow(/ended by SIGKILL/)
  })
})

test('a sandbox killed before it is ready leaves nothing', async () => {
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
  process.kill(sandbox.pid!, 'SIGKILL')
  // On a busy machine its first process may be ready, and answer until it ends too.
  await expect.poll(() => sandbox!.hasEnded).toBe(true)
  const use = sandbox.ready().then(() => sandbox!.openLab({ family: 4, zones }))
  await expect(use).rejects.toThrow(/ended by SIGKILL.*the kernel does that when memory runs out/)
})

describe('if unshare dies before it has tied its child to itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-untied-'))
  const path = process.env.PATH!
  afterAll(() => {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  })

  test('the child is killed too', async () => {
    // This unshare never ties its child, so the moment of its end does not matter.
    const untied = `#!/bin/sh
for word do shift; [ "$word" = --kill-child ] || set -- "$@" "$word"; done
exec ${findProgram('unshare')} "$@"
`
    writeFileSync(join(folder, 'unshare'), untied, { mode: 0o755 })
    process.env.PATH = `${folder}:${path}`
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    await sandbox.ready()
    const first = childOf(sandbox.pid!)!
    process.kill(sandbox.pid!, 'SIGKILL')
    await expect.poll(() => sandbox!.hasEnded).toBe(true)
    const use = sandbox.ready().then(() => sandbox!.openLab({ family: 4, zones }))
    await expect(use).rejects.toThrow(/ended by SIGKILL/)
    await sandbox.close()
    expect(existsSync(`/proc/${first}/root`)).toBe(false)
  })
})

test.each([
  [{ code: 3, signal: null, said: 'Error [ERR_WORKER_OUT_OF_MEMORY]: x' }, /heap limit of Node/],
  [{ code: null, signal: 'SIGTRAP', said: 'Fatal process OOM' }, /not enough memory/],
  [
    { code: null, signal: 'SIGABRT', said: 'pthread_create: Resource temporarily unavailable' },
    /limit of processes/,
  ],
  [{ code: null, signal: 'SIGSEGV', said: '' }, /it crashed/],
  [{ code: 137, signal: null, said: '' }, /memory runs out/],
  [{ code: null, signal: 'SIGXCPU', said: '' }, /ulimit -t/],
  [
    { code: 1, signal: null, said: 'unshare: sigprocmask unblock failed: Invalid argument' },
    /memory runs out/,
  ],
  [{ code: 3, signal: null, said: 'no thread can be started: EAGAIN' }, /limit of processes/],
  [{ code: 3, signal: null, said: 'x' }, /run the command again/],
] as const)('%o', (end, reason) => {
  expect(reasonOfEnd(end)).toMatch(reason)
})
