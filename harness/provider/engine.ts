/** The container engine, through testcontainers. Only this file loads that library. */
import { existsSync } from 'node:fs'
import type { ContainerRuntimeClient } from 'testcontainers'
import { EnvironmentError } from '../system/errors.ts'
import { withinLimit } from '../system/within-limit.ts'

export interface Engine {
  readonly client: ContainerRuntimeClient
}

/** Throws EnvironmentError with a remedy if there is no engine or it does not answer. */
export async function findEngine(): Promise<Engine> {
  // The reaper of testcontainers would be a further image to pull. Leftovers are removed by label.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
  const library = await load()
  try {
    const client = await withinLimit('container engine', library.getContainerRuntimeClient())
    return { client }
  } catch (cause) {
    if (cause instanceof EnvironmentError) throw cause
    throw new EnvironmentError(await unreachable(), { cause })
  }
}

async function load() {
  try {
    return await import('testcontainers')
  } catch (cause) {
    throw new EnvironmentError(
      `firewalls in containers need testcontainers, which is not installed: npm install testcontainers (${(cause as Error).message.split('\n')[0]})`,
      { cause },
    )
  }
}

const SOCKET = '/var/run/docker.sock'

async function unreachable(): Promise<string> {
  const given = process.env.DOCKER_HOST
  if (given)
    return `the container engine at DOCKER_HOST=${given} does not answer: is it running, and may you use it?`
  if (existsSync(SOCKET))
    return `the container engine at ${SOCKET} does not answer: start it (systemctl start docker), and add yourself to the group docker`
  return 'no container engine was found: install and start Docker (docker.io) or Podman (systemctl --user start podman.socket), or name its socket in DOCKER_HOST'
}

/**
 * Makes sure that the image is here. Throws InputError if it does not exist, EnvironmentError if it
 * cannot be fetched.
 */
export async function haveImage({ client }: Engine, image: string): Promise<void> {
  const docker = client.container.dockerode
  if (await isHere(docker, image)) return
  try {
    const stream = await withinLimit('image pull', docker.pull(image))
    const pulled = new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
    )
    await withinLimit('image pull', pulled)
  } catch (cause) {
    throw new EnvironmentError(
      `the image ${image} is not here, and cannot be fetched: ${messageOf(cause)}. Build it, load it (docker load), or write its full name`,
      { cause },
    )
  }
}

type Docker = ContainerRuntimeClient['container']['dockerode']

async function isHere(docker: Docker, image: string): Promise<boolean> {
  try {
    await withinLimit('container engine', docker.getImage(image).inspect())
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw new EnvironmentError(`the container engine failed: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** The engine's message, without the text that the client adds. */
export function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message?: string }
  return (json?.message ?? message ?? String(error)).trim().replace(/\s+/g, ' ')
}
