/**
 * Labels for everything that is created in an engine, and the removal of leftovers of dead runs.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { withinLimit } from '../system/within-limit.ts'
import type { Engine } from './engine.ts'

/** The run that created it. */
export const RUN = 'nftproof.run'
/** The process that owns it: boot id, process namespace, pid and start time. */
const OWNER = 'nftproof.owner'
/** If the owner cannot be checked from here, everything older is removed. */
const OLD_S = 24 * 3600

export function labelsOf(run: string): Record<string, string> {
  return { [RUN]: run, [OWNER]: self() }
}

const self = (): string => [boot(), space(), process.pid, startedAt(process.pid)].join(' ')

/** Elsewhere than on Linux, where only --run-in container is, the machine's name does. */
const boot = (): string => attempt(() => readFileSync(BOOT, 'utf8').trim()) ?? hostname()
const BOOT = '/proc/sys/kernel/random/boot_id'
const space = (): string => attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '-'

/** In ticks since boot (proc_pid_stat(5), field 22). Undefined for a process that has ended. */
function startedAt(pid: number): string | undefined {
  if (process.platform !== 'linux') return attempt(() => `${process.kill(pid, 0)}`)
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Removes everything of runs that have ended. */
export async function sweepLeftovers(engine: Engine): Promise<void> {
  await withinLimit(
    'container engine',
    untilAgreed(() => remove(engine, { label: [RUN] }, isOrphan)),
  )
}

/** Removes everything of this run. */
export async function sweepRun(engine: Engine, run: string): Promise<void> {
  await withinLimit(
    'container engine',
    untilAgreed(() => remove(engine, { label: [`${RUN}=${run}`] }, () => true)),
  )
}

const ATTEMPTS = 10
const PAUSE_MS = 100

/** Docker's list of images fails while another process removes one of them. */
async function untilAgreed(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work()
    } catch (error) {
      const isRace = /unrecognized image ID|already in progress/.test(`${error}`)
      if (!isRace || attempt === ATTEMPTS) throw error
      await sleep(PAUSE_MS)
    }
}

interface Labelled {
  // biome-ignore lint/style/useNamingConvention: the engine's interface has it so
  readonly Labels?: Readonly<Record<string, string>>
  // biome-ignore lint/style/useNamingConvention: the engine's interface has it so
  readonly Created: number
}

async function remove(
  { client }: Engine,
  filters: Record<string, string[]>,
  isWanted: (one: Labelled) => boolean,
): Promise<void> {
  const docker = client.container.dockerode
  const containers = await docker.listContainers({ all: true, filters: JSON.stringify(filters) })
  await Promise.all(
    containers
      .filter(isWanted)
      .map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(unlessGone)),
  )
  const images = await docker.listImages({ filters: JSON.stringify(filters) })
  for (const { Id } of images.filter((image) => isWanted(image as Labelled)))
    await removeImage(docker, Id).catch(unlessGone)
}

/**
 * With the images that it was made of, if labelled: Docker creates an image for each label. The
 * layers below are the engine's cache, which another build may use.
 */
async function removeImage(docker: Dockerode, id: string): Promise<void> {
  const { Parent, Config } = await docker.getImage(id).inspect()
  if (Config.Labels?.[OWNER] === undefined) return
  await docker.getImage(id).remove({ force: true, noprune: true })
  // Podman does not return the type of the number, and refuses it in this form.
  if (Parent !== '') await removeImage(docker, `sha256:${Parent.replace('sha256:', '')}`)
}

type Dockerode = Engine['client']['container']['dockerode']

/** Another process may have removed it. */
function unlessGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error
}

function isOrphan({ Labels = {}, Created }: Labelled): boolean {
  const [bootId, pidSpace, pid, started] = (Labels[OWNER] ?? '').split(' ')
  const isOurs = bootId === boot() && pidSpace === space()
  return isOurs ? startedAt(Number(pid)) !== started : Date.now() / 1000 - Created > OLD_S
}
