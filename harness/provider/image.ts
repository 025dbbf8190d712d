/** The image of a container, fetched or built on demand, with its start command. */
import { createHash } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import type { ContainerCreateOptions } from 'dockerode'
import type { ImageSource } from '../../src/firewall/target.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { mustBeWithin, rootOf } from '../system/file-root.ts'
import { readText, shown } from '../system/text-file.ts'
import { buildImage } from './build.ts'
import { readService, type Service } from './compose.ts'
import type { Build } from './compose-refusals.ts'
import { confined } from './confined.ts'
import { problemsOfDockerfile } from './dockerfile.ts'
import { type Engine, haveImage } from './engine.ts'

/** Known before any engine is used. */
export interface Plan {
  readonly image:
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'built'; readonly build: Build; readonly hasNetwork: boolean }
  readonly options: ContainerCreateOptions
}

/** Reads the files of the image. Throws InputError with everything that is refused in them. */
export function planOf(source: ImageSource, trust: Trust): Plan {
  const plain = { HostConfig: confined() }
  switch (source.kind) {
    case 'image':
      return { image: named(source.image), options: plain }
    case 'dockerfile': {
      const build = { context: dirname(source.file), dockerfile: basename(source.file) }
      return { image: built(build, trust), options: plain }
    }
    case 'compose': {
      const service = readService(source.file, source.service, trust)
      const image = service.build
        ? built(within(service.build, source.file), trust)
        : named(service.image!)
      return { image, options: optionsOf(service) }
    }
    default:
      throw new Error(`unknown source ${source satisfies never}`)
  }
}

/** A reference (distribution/reference). It becomes part of a URL of the engine's API. */
const REFERENCE = /^[A-Za-z0-9](?!.*(?:\.\.|\/\/))[\w./:@-]{0,254}$/

function named(name: string): Plan['image'] {
  if (REFERENCE.test(name)) return { kind: 'named', name }
  throw new InputError(
    `image ${JSON.stringify(name)}: not a valid image name: write it like debian:12 or registry.example/team/router@sha256:…`,
  )
}

/** The compose file names its build context, and the context contains the Dockerfile. */
function within(build: Build, file: string): Build {
  const root = rootOf(file)
  const context = resolve(build.context)
  mustBeWithin(root, context, build.context)
  mustBeWithin(root, resolve(context, build.dockerfile), build.dockerfile)
  return build
}

function built(build: Build, trust: Trust): Plan['image'] {
  const file = resolve(build.context, build.dockerfile)
  const problems = problemsOfDockerfile(readText(file, 'Dockerfile'), shown(file), trust)
  if (problems.length > 0) throw new FaultyFiles(problems)
  return { kind: 'built', build, hasNetwork: trust.has('build') }
}

function optionsOf(service: Service): ContainerCreateOptions {
  const { entrypoint, command, environment, user, workingDir, rights } = service
  return {
    ...(entrypoint ? { Entrypoint: [...entrypoint] } : {}),
    ...(command ? { Cmd: [...command] } : {}),
    ...(user === undefined ? {} : { User: user }),
    ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    HostConfig: { ...confined(), ...rights },
  }
}

/** Fetches or builds the image, and returns its name. */
export async function imageOf(
  engine: Engine,
  { image }: Plan,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  switch (image.kind) {
    case 'named':
      await haveImage(engine, image.name)
      return image.name
    case 'built': {
      const { build, hasNetwork } = image
      const name = nameOf(build, labels)
      await buildImage(engine, { ...build, name, labels, hasNetwork })
      return name
    }
    default:
      throw new Error(`unknown image ${image satisfies never}`)
  }
}

/** Named after its source, so that two runs do not remove each other's image. */
function nameOf({ context, dockerfile }: Build, labels: Readonly<Record<string, string>>): string {
  const key = createHash('sha256')
    .update(JSON.stringify([context, dockerfile, labels]))
    .digest('hex')
  return `nftproof.local/built:${key.slice(0, 16)}`
}
