/**
 * Runs the same command inside one container, for machines without Linux, or where namespaces are
 * forbidden. The working directory is mounted, the output and the exit code are passed on, and
 * results are written to their usual place. The container has no network.
 */

import { randomUUID } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { Container } from 'dockerode'
import { shellWord } from '../../src/quote/shell.ts'
import { relayOf } from '../output/console.ts'
import { type Engine, findEngine, haveImage, messageOf } from '../provider/engine.ts'
import { labelsOf, sweepLeftovers, sweepRun } from '../provider/labels.ts'
import { EnvironmentError, EXIT } from '../system/errors.ts'
import { WITHIN } from '../system/shell-quote.ts'
import { withinLimit } from '../system/within-limit.ts'
import { withoutRunIn } from './arguments.ts'

/** The tag for tools/container/Dockerfile. */
const IMAGE = 'nftproof'
const FOLDER = '/work'
/** The settings of a run besides its arguments. */
const ENVIRONMENT = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'TERM', 'COLUMNS', 'NFTPROOF_DEBUG'] as const
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The exit code of the command in the container. `args` are those of this command. */
export async function inContainer(
  image: string = IMAGE,
  args: readonly string[] = [],
): Promise<number> {
  const engine = await findEngine()
  await sweepLeftovers(engine)
  await haveHarness(engine, image)
  const run = randomUUID().slice(0, 12)
  try {
    return await started(await create(engine, image, withoutRunIn(args), labelsOf(run)))
  } finally {
    await sweepRun(engine, run)
  }
}

async function haveHarness(engine: Engine, name: string): Promise<void> {
  try {
    await haveImage(engine, name)
  } catch (cause) {
    const hint = `docker build -t ${IMAGE} -f tools/container/Dockerfile . builds it`
    throw new EnvironmentError(`${(cause as Error).message}\n${hint}`, { cause })
  }
}

// A sandbox needs namespaces and mounts, which engines forbid by default. An ordinary user stays
// one, so the results belong to that user. Docker Desktop maps root to the user anyway.
async function create(
  { client }: Engine,
  image: string,
  args: readonly string[],
  labels: Record<string, string>,
): Promise<Container> {
  const uid = process.platform === 'linux' ? (process.geteuid?.() ?? 0) : 0
  try {
    const made = client.container.dockerode.createContainer({
      Image: image,
      Cmd: [...args],
      Labels: labels,
      WorkingDir: FOLDER,
      Tty: false,
      Env: [`${WITHIN}=${flagsOf(image)}`, ...environment()],
      ...(uid === 0 ? {} : { User: `${uid}:${process.getegid?.() ?? uid}` }),
      HostConfig: {
        // Not Binds: a colon in the folder's name would be read as a separator.
        Mounts: [{ Type: 'bind', Source: process.cwd(), Target: FOLDER }],
        NetworkMode: 'none',
        ...(uid === 0 ? { CapAdd: ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'SYS_PTRACE'] } : {}),
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        // Otherwise the container cannot mount a new /proc.
        MaskedPaths: [],
        ReadonlyPaths: [],
      },
    })
    return await withinLimit('container start', made)
  } catch (cause) {
    throw new EnvironmentError(`the container could not be created: ${messageOf(cause)}`, { cause })
  }
}

const flagsOf = (image: string): string =>
  `--run-in ${image === IMAGE ? 'container' : shellWord(`container:${image}`)}`

function environment(): string[] {
  const colours = process.stdout.isTTY && !process.env.NO_COLOR ? ['FORCE_COLOR=1'] : []
  const passed = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [`${name}=${value}`]
  })
  return [...colours, ...passed]
}

/** Attached before the start, so no output is lost. */
async function started(container: Container): Promise<number> {
  const asked = container.attach({ stream: true, stdout: true, stderr: true })
  const stream = await withinLimit('container engine', asked)
  const relays = [relayOf(process.stdout), relayOf(process.stderr)] as const
  container.modem.demuxStream(stream, ...(relays as unknown as [Writable, Writable]))
  const written = new Promise((resolve) => stream.once('end', resolve)).then(() => {
    for (const relay of relays) relay.end()
  })
  const pass = (signal: NodeJS.Signals): void => void container.kill({ signal }).catch(() => {})
  for (const signal of SIGNALS) process.on(signal, pass)
  try {
    await withinLimit('container start', container.start())
    const { StatusCode } = await withinLimit('nftproof', container.wait())
    await withinLimit('container engine', written)
    return explained(StatusCode)
  } catch (cause) {
    throw new EnvironmentError(`the container failed: ${messageOf(cause)}`, { cause })
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}

/** Exit code 137: killed from outside, for example out of memory. There is no verdict then. */
const explained = (code: number): number => (code === 137 ? EXIT.notMeasured : code)
