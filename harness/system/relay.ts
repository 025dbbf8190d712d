/**
 * Passes on the output of the same command in another place (a container, a virtual machine). An
 * image may contain any program of that name, so its output is text from outside: only the codes of
 * nftproof's colours pass, and only if colours are on.
 */
import { StringDecoder } from 'node:string_decoder'
import { withoutLogCommands } from '../../src/quote/log-commands.ts'
import { keepingOwnCodes } from '../../src/quote/style.ts'
import { terminalSafe } from '../../src/quote/terminal.ts'

/** Longest line that is kept until its end arrives, in characters. */
const LONGEST = 65_536
/** An incomplete code at the end. */
const LONGEST_CODE = 16

export interface Relay {
  write(chunk: Uint8Array): void
  end(): void
}

/** `write` gets whole lines, or a very long one in pieces. */
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
