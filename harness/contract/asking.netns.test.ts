/** Claim: a lab has programs run in its own container by the command, and in no other one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { load } from '../../tools/testing/wrong.ts'
import { type Lab, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import type { Executed, Execution } from './execution.ts'

const { zones } = load('default-egress')[0]!.scenario
const ACCEPTED: Executed = { status: 0, stdout: '', stderr: '', isMissing: false }
const RULES = 'table inet t {\n}\n'

let sandbox: Sandbox
let asked: Execution[]
let answer: () => Executed

beforeAll(() => {
  sandbox = new Sandbox({ rootless: false, workers: 1, reachesOut: true })
  sandbox.serve('own', async (execution) => {
    asked.push(execution)
    return answer()
  })
})
beforeEach(() => {
  asked = []
  answer = () => ACCEPTED
})
afterAll(() => sandbox.close())

/** Whose namespace stands for that of a container. */
async function startBox(): Promise<ChildProcess> {
  const command = ['--net', 'sh', '-c', 'echo here; exec sleep infinity']
  const box = spawn(findProgram('unshare'), command, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(box.stdout!, 'data')
  return box
}

async function inLabOf(loadedBy: string, work: (lab: Lab) => Promise<void>): Promise<void> {
  const box = await startBox()
  try {
    const place = { kind: 'container', net: `${box.pid}/ns/net`, loadedBy } as const
    const lab = await sandbox.openLab({ family: 4, zones, netns: place })
    await work(lab).finally(() => lab.close())
  } finally {
    box.kill('SIGKILL')
  }
}

test('the nft of the container loads the rules', async () => {
  await inLabOf('own', async (lab) => {
    await lab.load(RULES)
    expect(asked).toEqual([{ program: 'nft', args: ['-f', '-'], input: RULES }])
  })
})

test('an error of that nft is reported as the reason', async () => {
  answer = () => ({ ...ACCEPTED, status: 1, stderr: '/dev/stdin:1:7-10: Error: no\n' })
  await inLabOf('own', (lab) =>
    expect(lab.load(RULES)).rejects.toThrow(/ruleset:1:7-10: Error: no/),
  )
  answer = () => ({ ...ACCEPTED, status: 127, isMissing: true })
  await inLabOf('own', (lab) => expect(lab.load(RULES)).rejects.toThrow(/the image has no nft/))
})

test('unknown users are not created', async () => {
  // Another one each time, as long as somebody makes them.
  answer = () => {
    const what = asked.length > 20 ? 'enough' : `User does not exist\nmeta skuid u${asked.length}`
    return { ...ACCEPTED, status: 1, stderr: `/dev/stdin:1:7-10: Error: ${what}\n` }
  }
  const part = { kind: 'nft', file: 'a.nft', text: RULES, stretches: [] } as const
  await inLabOf('own', (lab) =>
    expect(lab.install({ origin: 'a.nft', parts: [part] })).rejects.toThrow(/User does not exist/),
  )
  expect(asked.length).toBeLessThan(4)
})

test('an error of the engine is reported unchanged', async () => {
  answer = () => {
    throw new EnvironmentError('the engine has gone')
  }
  await inLabOf('own', (lab) => expect(lab.load(RULES)).rejects.toThrow(EnvironmentError))
})

test('a container outside of its labs is not touched', async () => {
  await inLabOf('other', (lab) =>
    expect(lab.load(RULES)).rejects.toThrow(/does not belong to its labs/),
  )
  expect(asked).toEqual([])
})
