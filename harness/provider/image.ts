/** The image of a container, fetched or built where that is needed, and what it is to be started with. */
import { createHash } from 'node:crypto'
import { basename, dirname, resolve } from 'node:path'
import type { GenericContainer } from 'testcontainers'
import type { ImageSource } from '../../src/firewall/provider.ts'
import { mustBeWithin, rootOf } from '../file-root.ts'
import { readText } from '../text-file.ts'
import { readService, type Service } from './compose.ts'
import { buildImage, type Engine, haveImage } from './engine.ts'

export interface Settings {
  readonly image: string
  readonly apply: (container: GenericContainer) => GenericContainer
}

export async function imageOf(
  engine: Engine,
  source: ImageSource,
  labels: Readonly<Record<string, string>>,
): Promise<Settings> {
  const asItIs = (container: GenericContainer): GenericContainer => container
  switch (source.kind) {
    case 'image':
      await haveImage(engine, source.image)
      return { image: source.image, apply: asItIs }
    case 'dockerfile': {
      const image = await built(engine, dirname(source.file), basename(source.file), labels)
      return { image, apply: asItIs }
    }
    case 'compose': {
      const service = readService(source.file, source.service)
      return {
        image: await serviceImage(engine, source.file, service, labels),
        apply: applied(service),
      }
    }
    default:
      throw new Error(`unknown source ${source satisfies never}`)
  }
}

async function serviceImage(
  engine: Engine,
  file: string,
  { image, build }: Service,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  if (build) {
    const context = resolve(dirname(file), build.context)
    const root = rootOf(file)
    mustBeWithin(root, context, context)
    mustBeWithin(root, resolve(context, build.dockerfile ?? 'Dockerfile'))
    return built(engine, context, build.dockerfile ?? 'Dockerfile', labels)
  }
  await haveImage(engine, image!)
  return image!
}

/** Named by what it is built from, so that two runs do not take each other's away. */
async function built(
  engine: Engine,
  context: string,
  file: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  readText(resolve(context, file), 'Dockerfile')
  const key = createHash('sha256')
    .update(JSON.stringify([context, file, labels]))
    .digest('hex')
  const name = `nftproof.local/built:${key.slice(0, 16)}`
  await buildImage(engine, { context: resolve(context), file, name, labels })
  return name
}

const applied =
  (service: Service) =>
  (container: GenericContainer): GenericContainer => {
    if (service.entrypoint) container.withEntrypoint([...service.entrypoint])
    if (service.command) container.withCommand([...service.command])
    if (service.user !== undefined) container.withUser(service.user)
    if (service.workingDir !== undefined) container.withWorkingDir(service.workingDir)
    if (service.privileged) container.withPrivilegedMode()
    return container
      .withEnvironment({ ...service.environment })
      .withAddedCapabilities(...service.capAdd)
      .withBindMounts(service.binds.map((bind) => ({ ...bind })))
      .withTmpFs({ ...service.tmpfs })
  }
