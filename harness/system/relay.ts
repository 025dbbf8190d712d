/**
 * Hands on what the same command prints elsewhere (in a container, in a virtual
 * machine). An image may hold any program by that name, so its output is text from
 * outside: of its codes only those of our colours are let through, and these only
 * where colours were asked for.
 */
import { StringDecoder } from 'node:string_decoder'
import { withoutLogCommands } from '../../src/quote/log-commands.ts'
import { keepingOwnCodes } from '../../src/quote/style.ts'
import { terminalSafe } from '../../src/quote/terminal.ts'

/** Longest line that is kept until its end is there, in characters. */
const LONGEST = 65_536
/** A code may have begun. */
const LONGEST_CODE = 16

export interface Relay {
  write(chunk: Uint8Array): void
  end(): void
}

/** `write` gets whole lines; a very long one in pieces. */
export function relayTo(write: (text: string) => void, hasColours: boolean): Relay {
  const decoder = new StringDecoder('utf8')
  const safe = (text: string): string =>
    withoutLogCommands(hasColours ? keepingOwnCodes(text) : terminalSafe(text))
  let held = ''
  const take = (length: number): void => {
    if (length > 0) write(safe(held.slice(0, length)))
    held = held.slice(length)
  }
  return {
    write(chunk) {
      held += decoder.write(chunk as Buffer)
      take(held.lastIndexOf('\n') + 1)
      if (held.length > LONGEST) take(held.length - LONGEST_CODE)
    },
    end() {
      held += decoder.end()
      take(held.length)
    },
  }
}
