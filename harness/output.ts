/** Standard output and error, and whether colours are wanted there. */
import type { WriteStream } from 'node:tty'
import { COLOURED, PLAIN, type Style } from '../src/report/style.ts'

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function warn(text: string): void {
  process.stderr.write(`nftproof: ${text}\n`)
}

/** Colours on a terminal only, and none where NO_COLOR is set (no-color.org). */
export function styleOf(stream: WriteStream | NodeJS.WriteStream): Style {
  const wanted = process.env.FORCE_COLOR
    ? true
    : stream.isTTY === true && process.env.TERM !== 'dumb'
  return wanted && !process.env.NO_COLOR ? COLOURED : PLAIN
}
