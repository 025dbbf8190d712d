/**
 * Builds the image of a Dockerfile. Its commands run in containers of the engine with limited
 * memory, and without a network unless trusted.
 */
import { resolve } from 'node:path'
import { InputError } from '../system/errors.ts'
import { shortened } from '../system/first-lines.ts'
import { shown } from '../system/text-file.ts'
import { withinLimit } from '../system/within-limit.ts'
import type { Build } from './compose-refusals.ts'
import { memoryLimit } from './confined.ts'
import { type Engine, messageOf } from './engine.ts'

export interface BuildOptions extends Build {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** The time limit of its commands. */
  readonly hasNetwork: boolean
}

type Images = Engine['client']['image']
type Docker = Engine['client']['container']['dockerode']

/** Throws InputError with the end of the output. */
export async function buildImage({ client }: Engine, options: BuildOptions): Promise<void> {
  const { context, dockerfile, name, labels, hasNetwork } = options
  const memory = memoryLimit()
  const log = new BuildLog()
  // The client packs the folder as Docker's own does, but reports no failure.
  const Images = client.image.constructor as new (docker: unknown, registry: string) => Images
  const images = new Images(log.listening(client.container.dockerode), '')
  const built = images.build(resolve(context), {
    t: name,
    dockerfile,
    labels: { ...labels },
    memory,
    memswap: memory,
    ...(hasNetwork ? {} : { networkmode: 'none' }),
  })
  await withinLimit('image build', Promise.race([built, log.refused]))
  if (log.fault === undefined) return
  const offline = hasNetwork ? '' : '\nThe build has no network: --trust build allows it'
  throw new InputError(
    `${shown(resolve(context, dockerfile))} cannot be built: ${log.fault}${offline}`,
  )
}

/** Kept characters of the commands' output, because commands may print without end. */
const MOST_KEPT = 4096
/** Longer lines do not come from the engine. */
const LONGEST = 1 << 20

interface Line {
  readonly stream?: string
  readonly error?: string
}

class BuildLog {
  readonly refused: Promise<void>
  #fault: string | undefined
  #said = ''
  #begun = ''
  #refuse: () => void = () => {}

  constructor() {
    this.refused = new Promise((resolve) => {
      this.#refuse = resolve
    })
  }

  /** The engine's message, with the last output of the commands. */
  get fault(): string | undefined {
    if (this.#fault === undefined) return undefined
    const said = this.#said.trim()
    return said === '' ? this.#fault : `${this.#fault}\n${shortened(said)}`
  }

  /** The engine. Every answer is observed. */
  listening(docker: Docker) {
    return {
      buildImage: async (...args: Parameters<Docker['buildImage']>) => {
        try {
          const stream = await docker.buildImage(...args)
          return stream.on('data', (chunk: Buffer) => this.#hear(chunk.toString('utf8')))
        } catch (error) {
          this.#fault = messageOf(error)
          this.#refuse()
          // The client would wait forever.
          return new Promise<never>(() => {})
        }
      },
    }
  }

  #hear(text: string): void {
    const lines = (this.#begun + text).split('\n')
    this.#begun = lines.pop()!.slice(-LONGEST)
    for (const line of lines) this.#read(line)
  }

  #read(line: string): void {
    const { stream = '', error } = parsed(line)
    this.#said = (this.#said + stream).slice(-MOST_KEPT)
    if (error !== undefined) this.#fault ??= error
  }
}

function parsed(line: string): Line {
  try {
    return JSON.parse(line) as Line
  } catch {
    return {}
  }
}
