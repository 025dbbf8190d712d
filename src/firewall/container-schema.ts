/** The shape of `firewall: { image: … }`: in a container file, and wherever a firewall is a mapping. */
import { z } from 'zod'
import { IF_KEYS_ARE_KNOWN } from '../input/schema-whole.ts'
import type { ContainerSpec, ImageSource, Readiness } from './target.ts'
import { READY_MS } from './target.ts'

const readySchema = z
  .strictObject({
    log: z.string().min(1).optional().describe('A line of its output has this in it'),
    command: z.string().min(1).optional().describe('This shell command ends with 0 in it'),
    file: z.string().startsWith('/').optional().describe('This file of its own is there'),
    timeout: z
      .number()
      .positive()
      .max(3600)
      .optional()
      .describe('Seconds until it must be ready; 60 where absent'),
  })
  .refine(({ log, command, file }) => count(log, command, file) === 1, {
    error: 'must have one of log, command and file',
    ...IF_KEYS_ARE_KNOWN,
  })

const shape = {
  image: z.string().min(1).optional().describe('Name of an image'),
  dockerfile: z.string().min(1).optional().describe('A Dockerfile; its folder is the context'),
  compose: z.string().min(1).optional().describe('A compose file'),
  service: z.string().min(1).optional().describe('The service of it that is the firewall'),
  ready: readySchema
    .optional()
    .describe("How it is known that the image's own start-up has set its rules"),
}

const ruleset = z
  .string()
  .min(1)
  .optional()
  .describe("What the image's own nft loads, in place of the image's own start-up")

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
const SERVICE = { error: 'compose and service go together', ...IF_KEYS_ARE_KNOWN }

/** In a scenario about a given firewall. */
export const givenContainerSchema = z
  .strictObject({ ...shape, ruleset })
  .refine(hasOneSource, ONE_SOURCE)
  .refine(isServiceOfCompose, SERVICE)
  .refine((own) => count(own.ruleset, own.ready && '') === 1, {
    error: 'must have ready, for rules of its own, or a ruleset that its nft loads',
    ...IF_KEYS_ARE_KNOWN,
  })

export const containerSchema = z
  .strictObject(shape)
  .refine(hasOneSource, ONE_SOURCE)
  .refine(isServiceOfCompose, SERVICE)
  .meta({ title: 'nftproof container', description: 'A firewall that is a container' })

export type ContainerFile = z.infer<typeof containerSchema>

/** Paths are made those that `resolve` says. */
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
