/** What a container says while it runs: followed from its start, of which only the end is kept. */
import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Container } from 'dockerode'
import { shortened } from '../system/first-lines.ts'
import { withinLimit } from '../system/within-limit.ts'

/** Characters that are kept: a container may print without end. */
const MOST_KEPT = 1 << 16
/** Lines that are shown when it fails. */
const LAST_LINES = 8

export class ContainerOutput {
  #kept = ''
  #isSeen = false
  readonly #sign: string | undefined
  readonly #closed = new AbortController()
  readonly #ended: Promise<void>

  /** `sign`: a text that is looked for in all of it. */
  constructor(container: Container, sign?: string) {
    this.#sign = sign
    // An engine that goes away ends it too, which the next question to it tells.
    this.#ended = this.#follow(container).catch(() => {})
  }

  /** Podman answers only once there is something to tell. */
  async #follow(container: Container): Promise<void> {
    const abortSignal = this.#closed.signal
    const asked = { follow: true, stdout: true, stderr: true, abortSignal } as const
    const stream = await container.logs(asked)
    container.modem.demuxStream(stream, this.#part(), this.#part())
    await new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error']) stream.on(event, () => resolve())
    })
  }

  /** Nothing is followed any more. */
  close(): void {
    this.#closed.abort()
  }

  get hasSign(): boolean {
    return this.#isSeen
  }

  /** Its last words, as the end of a sentence; all of them where it has ended. */
  async last(hasEnded: boolean): Promise<string> {
    if (hasEnded) await withinLimit('container engine', this.#ended).catch(() => {})
    const said = this.#kept.trim()
    if (said === '') return '; it said nothing'
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

  /** Looked for before anything is forgotten: it may stand across two pieces. */
  #add(text: string): void {
    const all = this.#kept + text
    if (this.#sign !== undefined && all.includes(this.#sign)) this.#isSeen = true
    this.#kept = all.slice(-MOST_KEPT)
  }
}
