/** Waits until a container's own start-up has set its rules, and says what is wrong where it does not. */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StartedTestContainer } from 'testcontainers'
import { type Readiness, type Sign, signName } from '../../src/firewall/provider.ts'
import { InputFailure } from '../failure.ts'
import { withinLimit } from '../system/within-limit.ts'
import type { Engine } from './engine.ts'

const POLL_MS = 50
/** Lines of its output that are shown when it fails. */
const LAST_LINES = 8

export interface Awaited {
  readonly engine: Engine
  readonly name: string
  readonly container: StartedTestContainer
  readonly pid: number
}

/** Throws InputFailure where it ends, or is not ready in time. */
export async function untilReady(one: Awaited, { sign, timeoutMs }: Readiness): Promise<void> {
  mustBeAdmin(one)
  const deadline = Date.now() + timeoutMs
  for (;;) {
    // Asked first whether it still runs: what ended may have given the sign before.
    const ended = await endOf(one)
    if (await isGiven(one, sign, timeoutMs)) {
      if (!(await endOf(one))) return
    }
    if (ended !== undefined) throw new InputFailure(`${one.name} ${ended}${await lastOutput(one)}`)
    if (Date.now() > deadline)
      throw new InputFailure(
        `${one.name} was not ready within ${timeoutMs / 1000} s: it waited for ${signName(sign)}${await lastOutput(one)}`,
      )
    await sleep(POLL_MS)
  }
}

async function isGiven(
  { container, pid }: Awaited,
  sign: Sign,
  timeoutMs: number,
): Promise<boolean> {
  switch (sign.kind) {
    case 'log':
      return (await output(container)).includes(sign.text)
    case 'command': {
      const command = ['sh', '-c', sign.command]
      const asked = container.exec(command).catch(() => undefined)
      return (await withinLimit(signName(sign), asked, timeoutMs))?.exitCode === 0
    }
    case 'file':
      return existsSync(`/proc/${pid}/root${sign.path}`)
    default:
      throw new Error(`unknown sign ${sign satisfies never}`)
  }
}

const NET_ADMIN = 1n << 12n // CAP_NET_ADMIN, linux/capability.h

/** Whoever is not root in a container has no capabilities, whatever the container was given. */
function mustBeAdmin({ pid, name }: Awaited): void {
  const status = existsSync(`/proc/${pid}/status`)
    ? readFileSync(`/proc/${pid}/status`, 'utf8')
    : ''
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1]
  if (effective === undefined || (BigInt(`0x${effective}`) & NET_ADMIN) !== 0n) return
  const user = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1]
  throw new InputFailure(
    `${name} has no NET_ADMIN, so it cannot set rules: its first process runs as user ${user}; let it be root (USER root)`,
  )
}

/** How it ended; undefined while it runs. */
export async function endOf({
  engine,
  container,
}: Pick<Awaited, 'engine' | 'container'>): Promise<string | undefined> {
  const docker = engine.client.container.dockerode.getContainer(container.getId())
  const { State } = await withinLimit('container engine', docker.inspect())
  return State.Running ? undefined : `ended with code ${State.ExitCode}, so there is no firewall`
}

export async function lastOutput({ container }: Pick<Awaited, 'container'>): Promise<string> {
  const said = (await output(container)).trim()
  return said === '' ? '; it said nothing' : `:\n${said.split('\n').slice(-LAST_LINES).join('\n')}`
}

/** All that it said so far. */
async function output(container: StartedTestContainer): Promise<string> {
  const stream = await withinLimit('container engine', container.logs())
  const chunks: string[] = []
  return new Promise((resolve, reject) => {
    let idle: NodeJS.Timeout
    const done = (): void => {
      clearTimeout(idle)
      stream.destroy()
      resolve(chunks.join(''))
    }
    // The stream goes on for as long as the container does.
    const wait = (): void => {
      clearTimeout(idle)
      idle = setTimeout(done, POLL_MS)
    }
    wait()
    stream.on('data', (chunk: Buffer | string) => {
      chunks.push(String(chunk))
      wait()
    })
    stream.on('end', done)
    stream.on('error', reject)
  })
}
