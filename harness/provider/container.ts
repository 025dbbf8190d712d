/**
 * Firewalls in containers: one container for each lab, without a network of its own. The wire is
 * attached to its namespace by the pid of its first process.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import type { Container, ContainerCreateOptions } from 'dockerode'
import { type ContainerSpec, sourceName } from '../../src/firewall/target.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { noteImage } from '../system/files-read.ts'
import { withinLimit } from '../system/within-limit.ts'
import { ContainerOutput } from './container-output.ts'
import { type Engine, findEngine, messageOf } from './engine.ts'
import { imageOf, planOf } from './image.ts'
import { nftOfImage } from './image-nft.ts'
import { labelsOf, sweepLeftovers, sweepRun } from './labels.ts'
import type { Attachment, Provider, ProviderOptions } from './provider.ts'
import { endOf, untilReady } from './ready.ts'
import { Started } from './started.ts'

/** The first container is started at once, so its errors are reported before any measurement. */
export async function openContainers(
  spec: ContainerSpec,
  { isLoaded, rootless, trust }: ProviderOptions,
): Promise<Provider> {
  const name = sourceName(spec.source)
  if (rootless && process.geteuid?.() === 0)
    throw new EnvironmentError(
      `${name} cannot be reached from the sandbox's user namespace: leave --rootless out`,
    )
  if (!isLoaded && !spec.ready)
    throw new InputError(
      `${name}: ready is missing: name the sign that its rules are set (log, command or file), or give a ruleset for its nft`,
    )
  // Refused files are reported before the engine is used.
  const plan = planOf(spec.source, trust)
  const engine = await findEngine()
  const run = randomUUID().slice(0, 12)
  await sweepLeftovers(engine)
  const leave = (): Promise<void> => sweepRun(engine, run)
  try {
    const image = await imageOf(engine, plan, labelsOf(run))
    const made = { ...plan.options, Image: image, Labels: labelsOf(run) }
    const options = isLoaded ? { ...made, ...PAUSED } : made
    const start = () => startOne({ engine, name, options, sign: signIn(spec) })
    const first = await start()
    const nft = isLoaded ? await nftOfImage((one) => first.execute(one), name) : undefined
    let spare: Started | undefined = first
    let sandbox: Sandbox | undefined
    return {
      name: nft === undefined ? name : `${name} (nft ${nft})`,
      ...(nft === undefined ? {} : { nft }),
      oneAtATime: false,
      isLoaded,
      userNamespaceOf: first.pid,
      begin: (begun) => {
        sandbox = begun
      },
      interrupt: () => void leave().catch(() => {}),
      attach: async () => {
        const one = spare ?? (await start())
        spare = undefined
        if (isLoaded) sandbox?.serve(one.id, (execution) => one.execute(execution))
        return attachmentIn(one, { spec, name, isLoaded })
      },
      leave,
    }
  } catch (error) {
    await leave()
    throw error
  }
}

/** A text of its output, searched from the first character on. */
const signIn = ({ ready }: ContainerSpec): string | undefined =>
  ready?.sign.kind === 'log' ? ready.sign.text : undefined

interface Start {
  readonly engine: Engine
  readonly name: string
  readonly options: ContainerCreateOptions
  readonly sign: string | undefined
}

/**
 * If rules are loaded from outside, the image's own start-up does not run: only one of them may set
 * rules.
 */
const PAUSED = {
  Entrypoint: ['sh'],
  Cmd: ['-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'],
}

async function startOne({ engine, name, options, sign }: Start): Promise<Started> {
  const docker = engine.client.container.dockerode
  try {
    const container = await withinLimit('container start', docker.createContainer(options))
    await withinLimit('container start', container.start())
    const output = new ContainerOutput(container, sign)
    const { State, Image } = await withinLimit('container engine', container.inspect())
    noteImage(name, Image)
    const hold = held({ container, output, pid: State.Pid }, name)
    if (hold instanceof Error) await noticed(container)
    // If it still runs, the pid belonged to it all the time.
    const ended = await endOf({ container })
    if (ended !== undefined) throw new InputError(`${name} ${ended}${await output.last(true)}`)
    if (hold instanceof Error) throw hold
    return hold
  } catch (cause) {
    if (cause instanceof EnvironmentError || cause instanceof InputError) throw cause
    throw new InputError(`${name} cannot be started: ${messageOf(cause)}`, { cause })
  }
}

/** The container's state now. An error counts only if the container has not just ended. */
function held(parts: ConstructorParameters<typeof Started>[0], name: string): Started | Error {
  try {
    mustBeHere(parts.pid, name)
    return new Started(parts)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** An engine notices the end of a process some time after the kernel. */
const NOTICED_MS = 2000

/** Waits until the engine has noticed that the container ended, if it did. */
async function noticed(container: Container): Promise<void> {
  const ended = container.wait({ abortSignal: AbortSignal.timeout(NOTICED_MS) })
  await ended.catch(() => {})
}

/** An engine on another machine or in a virtual machine has other pids. */
function mustBeHere(pid: number, name: string): void {
  const path = `/proc/${pid}/ns/net`
  const isHere = existsSync(`/proc/${pid}`)
  if (isHere && process.geteuid?.() !== 0 && statSync(`/proc/${pid}`).uid === 0)
    throw new EnvironmentError(
      `${name} runs under root's container engine: run nftproof as root (sudo), or use a rootless engine`,
    )
  if (isHere && (!existsSync(path) || inode(path) !== inode('/proc/self/ns/net'))) return
  throw new EnvironmentError(
    `${name} runs where its processes cannot be reached from here (another machine, or Docker Desktop's own): run nftproof there, or with --run-in container`,
  )
}

function inode(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined // another user's
  }
}

interface Opened {
  readonly spec: ContainerSpec
  readonly name: string
  readonly isLoaded: boolean
}

function attachmentIn(started: Started, { spec, name, isLoaded }: Opened): Attachment {
  return {
    netns: {
      kind: 'container',
      net: started.net,
      ...(isLoaded ? { loadedBy: started.id } : {}),
    },
    ready: async () => {
      if (!isLoaded && spec.ready) await untilReady(started, name, spec.ready)
    },
    ended: async () => {
      if (started.fault) return started.fault
      const how = await endOf(started)
      return how === undefined
        ? undefined
        : new InputError(`${name} ${how}${await started.output.last(true)}`)
    },
    leave: () => started.remove(),
  }
}
