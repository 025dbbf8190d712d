/**
 * The zod schema of `firewall: { image: … }` in a container file, and of every firewall that is a
 * mapping.
 */
import { z } from 'zod'
import { IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'
import type { ContainerSpec, ImageSource, Readiness } from './target.ts'
import { READY_MS } from './target.ts'

const readySchema = z
  .strictObject({
    log: z
      .string()
      .min(1)
      .optional()
      .describe('The container is ready when a line of its output contains this text'),
    command: z
      .string()
      .min(1)
      .optional()
      .describe('The container is ready when this shell command exits with 0 in it'),
    file: z
      .string()
      .startsWith('/')
      .optional()
      .describe('The container is ready when this file exists in it'),
    timeout: z
      .number()
      .positive()
      .max(3600)
      .optional()
      .describe('Time limit in seconds; absent: 60'),
  })
  .refine(({ log, command, file }) => count(log, command, file) === 1, {
    error: 'must have one of log, command and file',
    ...IF_KEYS_ARE_KNOWN,
  })

const shape = {
  image: z.string().min(1).optional().describe('Name of an image'),
  dockerfile: z
    .string()
    .min(1)
    .optional()
    .describe('A Dockerfile; its folder is the build context'),
  compose: z.string().min(1).optional().describe('A compose file'),
  service: z
    .string()
    .min(1)
    .optional()
    .describe('The service of the compose file that is the firewall'),
  ready: readySchema.optional().describe('The sign that the image has set its own rules'),
}

const ruleset = z
  .string()
  .min(1)
  .optional()
  .describe("A ruleset that the image's nft loads instead of the image's own rules")

interface Sourced {
  readonly image?: string | undefined
  readonly dockerfile?: string | undefined
  readonly compose?: string | undefined
  readonly service?: string | undefined
}

const hasOneSource = ({ image, dockerfile, compose }: Sourced): boolean =>
  count(image, dockerfile, compose) === 1
const ONE_SOURCE = {
  error: 'must have one of image, dockerfile and compose',
  ...IF_KEYS_ARE_KNOWN,
}
const isServiceOfCompose = ({ compose, service }: Sourced): boolean =>
  (compose === undefined) === (service === undefined)
const SERVICE = { error: 'must have compose and service together', ...IF_KEYS_ARE_KNOWN }

/** For a scenario about a given firewall. */
export const givenContainerSchema = z
  .strictObject({ ...shape, ruleset })
  .refine(hasOneSource, ONE_SOURCE)
  .refine(isServiceOfCompose, SERVICE)
  .refine((own) => count(own.ruleset, own.ready && '') === 1, {
    error: 'must have ready (the image sets its own rules) or ruleset (its nft loads a ruleset)',
    ...IF_KEYS_ARE_KNOWN,
  })

export const containerSchema = z
  .strictObject(shape)
  .refine(hasOneSource, ONE_SOURCE)
  .refine(isServiceOfCompose, SERVICE)
  .meta({ title: 'nftproof container', description: 'A container as firewall under test' })

export type ContainerFile = z.infer<typeof containerSchema>

/** Paths are resolved with `resolve`. */
export function containerOf(file: ContainerFile, resolve: (path: string) => string): ContainerSpec {
  return {
    source: sourceOf(file, resolve),
    ...(file.ready ? { ready: readinessOf(file.ready) } : {}),
  }
}

function sourceOf(
  { image, dockerfile, compose, service }: ContainerFile,
  resolve: (path: string) => string,
): ImageSource {
  if (image !== undefined) return { kind: 'image', image }
  if (dockerfile !== undefined) return { kind: 'dockerfile', file: resolve(dockerfile) }
  return { kind: 'compose', file: resolve(compose!), service: service! }
}

function readinessOf({
  log,
  command,
  file,
  timeout,
}: NonNullable<ContainerFile['ready']>): Readiness {
  const timeoutMs = timeout === undefined ? READY_MS : timeout * 1000
  if (log !== undefined) return { sign: { kind: 'log', text: log }, timeoutMs }
  if (command !== undefined) return { sign: { kind: 'command', command }, timeoutMs }
  return { sign: { kind: 'file', path: file! }, timeoutMs }
}

const count = (...values: readonly (string | undefined)[]): number =>
  values.filter((value) => value !== undefined).length
