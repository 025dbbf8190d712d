/** The output of a running container, followed from its start. Only the end is kept. */
import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Container } from 'dockerode'
import { shortened } from '../system/first-lines.ts'
import { withinLimit } from '../system/within-limit.ts'

/** Kept characters, because a container may print without end. */
const MOST_KEPT = 1 << 16
/** Lines shown if it fails. */
const LAST_LINES = 8

export class ContainerOutput {
  #kept = ''
  #isSeen = false
  readonly #sign: string | undefined
  readonly #closed = new AbortController()
  readonly #ended: Promise<void>

  /** `sign`: a text that is searched in the whole output. */
  constructor(container: Container, sign?: string) {
    this.#sign = sign
    // It also ends when the engine stops. The next request to the engine reports that.
    this.#ended = this.#follow(container).catch(() => {})
  }

  /** Podman answers only once there is output. */
  async #follow(container: Container): Promise<void> {
    const abortSignal = this.#closed.signal
    const asked = { follow: true, stdout: true, stderr: true, abortSignal } as const
    const stream = await container.logs(asked)
    container.modem.demuxStream(stream, this.#part(), this.#part())
    await new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error']) stream.on(event, () => resolve())
    })
  }

  /** Stops following. */
  close(): void {
    this.#closed.abort()
  }

  get hasSign(): boolean {
    return this.#isSeen
  }

  /** The last output, as the end of a sentence; all of it if the container has ended. */
  async last(hasEnded: boolean): Promise<string> {
    if (hasEnded) await withinLimit('container engine', this.#ended).catch(() => {})
    const said = this.#kept.trim()
    if (said === '') return '. It printed nothing'
    return `:\n${shortened(said.split('\n').slice(-LAST_LINES).join('\n'))}`
  }

  #part(): Writable {
    const decoder = new StringDecoder('utf8')
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        this.#add(decoder.write(chunk))
        done()
      },
    })
  }

  /** Searched before text is discarded, because it may extend over two chunks. */
  #add(text: string): void {
    const all = this.#kept + text
    if (this.#sign !== undefined && all.includes(this.#sign)) this.#isSeen = true
    this.#kept = all.slice(-MOST_KEPT)
  }
}
