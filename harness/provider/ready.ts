/** Waits until a container's own start-up has set its rules, and reports why if it does not. */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Readiness, type Sign, signName } from '../../src/firewall/target.ts'
import type { Executed, Execution } from '../contract/execution.ts'
import { InputError } from '../system/errors.ts'
import { withinLimit } from '../system/within-limit.ts'
import type { Started } from './started.ts'

const POLL_MS = 50

/** Throws InputError if the container ends, or is not ready in time. */
export async function untilReady(
  one: Started,
  name: string,
  { sign, timeoutMs }: Readiness,
): Promise<void> {
  mustBeAdmin(one, name)
  const deadline = Date.now() + timeoutMs
  for (;;) {
    // First checks that it still runs: a container that has ended may have given the sign before.
    const ended = await endOf(one)
    if (await isGiven(one, sign, timeoutMs)) {
      if (!(await endOf(one))) return
    }
    if (ended !== undefined) throw new InputError(`${name} ${ended}${await one.output.last(true)}`)
    if (Date.now() > deadline)
      throw new InputError(
        `${name} was not ready within ${timeoutMs / 1000} s: nftproof waited for ${signName(sign)}${await one.output.last(false)}`,
      )
    await sleep(POLL_MS)
  }
}

async function isGiven(one: Started, sign: Sign, timeoutMs: number): Promise<boolean> {
  switch (sign.kind) {
    case 'log':
      return one.output.hasSign
    case 'command': {
      const command = { program: 'sh', args: ['-c', sign.command], timeoutMs }
      return (await ran(one, command))?.status === 0
    }
    case 'file':
      return hasFile(one, sign.path, timeoutMs)
    default:
      throw new Error(`unknown sign ${sign satisfies never}`)
  }
}

/**
 * The container itself follows a path inside it, because a link there may lead anywhere. If the
 * image has no test(1), the engine checks the path, but does not see mounts of the container.
 */
async function hasFile(one: Started, path: string, timeoutMs: number): Promise<boolean> {
  const test = await ran(one, { program: 'test', args: ['-e', path], timeoutMs })
  if (!test?.isMissing) return test?.status === 0
  const asked = one.container.infoArchive({ path }) as Promise<NodeJS.ReadableStream>
  return withinLimit('container engine', asked).then(
    // An unread answer would keep its connection and this process alive.
    (answer) => Boolean(answer.resume()),
    () => false,
  )
}

/** Undefined if the container has ended; its end is reported elsewhere. */
async function ran(one: Started, execution: Execution): Promise<Executed | undefined> {
  try {
    return await one.execute(execution)
  } catch (error) {
    if (one.fault) throw one.fault
    if ((await endOf(one)) !== undefined) return undefined
    throw error
  }
}

const NET_ADMIN = 1n << 12n // CAP_NET_ADMIN, linux/capability.h

/** A user other than root has no capabilities in a container, even if the container has some. */
function mustBeAdmin({ pid }: Started, name: string): void {
  const status = existsSync(`/proc/${pid}/status`)
    ? readFileSync(`/proc/${pid}/status`, 'utf8')
    : ''
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1]
  if (effective === undefined || (BigInt(`0x${effective}`) & NET_ADMIN) !== 0n) return
  const user = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1]
  throw new InputError(
    `${name} has no NET_ADMIN, so it cannot set rules: its first process runs as user ${user}: run it as root (USER root)`,
  )
}

/** How it ended. Undefined while it runs. */
export async function endOf({
  container,
}: Pick<Started, 'container'>): Promise<string | undefined> {
  const { State } = await withinLimit('container engine', container.inspect())
  return State.Running ? undefined : `ended with code ${State.ExitCode}, so there is no firewall`
}
