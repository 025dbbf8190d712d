/**
 * Firewalls that are containers: one for each lab, with no network of its own,
 * and the wire plugged into its namespace by the number of its first process.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import type { StartedTestContainer, WaitStrategy } from 'testcontainers'
import { type ContainerSpec, sourceName } from '../../src/firewall/provider.ts'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { withinLimit } from '../system/within-limit.ts'
import { type Engine, findEngine, messageOf } from './engine.ts'
import type { Housing, HousingOptions, Room } from './housing.ts'
import { imageOf, type Settings } from './image.ts'
import { nftInside } from './image-nft.ts'
import { labelsOf, sweepLeftovers, sweepRun } from './labels.ts'
import { endOf, lastOutput, untilReady } from './ready.ts'

/** The first container is started at once, so that whatever is wrong with it is said before anything is measured. */
export async function openContainers(
  spec: ContainerSpec,
  { isLoaded, rootless }: HousingOptions,
): Promise<Housing> {
  const name = sourceName(spec.source)
  if (rootless && process.geteuid?.() === 0)
    throw new EnvironmentFailure(
      `${name} cannot be plugged into from a user namespace of our own: leave --rootless out`,
    )
  if (!isLoaded && !spec.ready)
    throw new InputFailure(
      `${name}: say how it is known that its own rules are set (ready: log, command or file), or give a ruleset that its nft is to load`,
    )
  const engine = await findEngine()
  const run = randomUUID().slice(0, 12)
  await sweepLeftovers(engine)
  const leave = (): Promise<void> => sweepRun(engine, run)
  try {
    const settings = await imageOf(engine, spec.source, labelsOf(run))
    const start = () => startOne({ engine, name, settings, isLoaded, labels: labelsOf(run) })
    const first = await start()
    const nft = isLoaded ? nftInside(first.pid, name) : undefined
    let spare: Started | undefined = first
    return {
      name: nft === undefined ? name : `${name} (nft ${nft})`,
      ...(nft === undefined ? {} : { nft }),
      oneAtATime: false,
      isLoaded,
      userNamespaceOf: first.pid,
      begin: () => {},
      interrupt: () => void leave().catch(() => {}),
      room: async () => {
        const one = spare ?? (await start())
        spare = undefined
        return roomIn(one, { spec, engine, name, isLoaded })
      },
      leave,
    }
  } catch (error) {
    await leave()
    throw error
  }
}

interface Started {
  readonly container: StartedTestContainer
  readonly pid: number
}

interface Start {
  readonly engine: Engine
  readonly name: string
  readonly settings: Settings
  readonly isLoaded: boolean
  readonly labels: Record<string, string>
}

/** Where rules are loaded from outside, its own start-up is left out: only one of both may set them. */
const PAUSE = ['sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done']

async function startOne({ engine, name, settings, isLoaded, labels }: Start): Promise<Started> {
  const made = settings
    .apply(new engine.Container(settings.image))
    .withNetworkMode('none')
    .withAddedCapabilities('NET_ADMIN')
    .withLabels(labels)
    .withWaitStrategy(NOT_WAITING)
  const paused = isLoaded
    ? made.withEntrypoint(PAUSE.slice(0, 1)).withCommand(PAUSE.slice(1))
    : made
  let container: StartedTestContainer
  try {
    container = await withinLimit('container start', paused.start())
  } catch (cause) {
    if (cause instanceof EnvironmentFailure) throw cause
    throw new InputFailure(`${name} cannot be started: ${messageOf(cause)}`, { cause })
  }
  const docker = engine.client.container.dockerode.getContainer(container.getId())
  const { State } = await withinLimit('container engine', docker.inspect())
  const ended = await endOf({ engine, container })
  if (ended !== undefined)
    throw new InputFailure(`${name} ${ended}${await lastOutput({ container })}`)
  mustBeHere(State.Pid, name)
  return { container, pid: State.Pid }
}

/** Whether it is ready is asked later, when it is plugged in. */
const NOT_WAITING: WaitStrategy = {
  waitUntilReady: async () => {},
  withStartupTimeout: () => NOT_WAITING,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
}

/** An engine on another machine, or in a virtual one, counts other processes. */
function mustBeHere(pid: number, name: string): void {
  const path = `/proc/${pid}/ns/net`
  const isHere = existsSync(`/proc/${pid}`)
  if (isHere && process.geteuid?.() !== 0 && statSync(`/proc/${pid}`).uid === 0)
    throw new EnvironmentFailure(
      `${name} was started by an engine that is root's, so only root can plug into it: run nftproof as root (sudo), or use a rootless engine`,
    )
  if (isHere && (!existsSync(path) || inode(path) !== inode('/proc/self/ns/net'))) return
  throw new EnvironmentFailure(
    `${name} runs where its processes cannot be reached from here (another machine, or Docker Desktop's own): run nftproof there, or with --in-container`,
  )
}

function inode(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined // another user's
  }
}

type Opened = Pick<Start, 'engine' | 'name' | 'isLoaded'> & { readonly spec: ContainerSpec }

function roomIn({ container, pid }: Started, { spec, engine, name, isLoaded }: Opened): Room {
  return {
    place: {
      kind: 'given',
      net: `${pid}/ns/net`,
      ...(isLoaded ? { mount: `${pid}/ns/mnt` } : {}),
    },
    ready: async () => {
      if (!isLoaded && spec.ready) await untilReady({ engine, name, container, pid }, spec.ready)
    },
    ended: async () => {
      const how = await endOf({ engine, container })
      return how === undefined
        ? undefined
        : new InputFailure(`${name} ${how}${await lastOutput({ container })}`)
    },
    leave: async () => {
      // Whatever is left of it goes when the housing is left, by its label.
      await withinLimit('container engine', container.stop({ timeout: 0 })).catch(() => {})
    },
  }
}
