/** Standard output and error, whether colours are wanted there, and the files that reports go into. */
import type { WriteStream } from 'node:tty'
import { harmless } from '../src/harmless.ts'
import { COLOURED, PLAIN, type Style } from '../src/report/style.ts'
import { appendWhole } from './write-file.ts'

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function warn(text: string): void {
  process.stderr.write(`nftproof: ${harmless(text)}\n`)
}

/** Colours on a terminal only, and none where NO_COLOR is set (no-color.org). */
export function styleOf(stream: WriteStream | NodeJS.WriteStream): Style {
  const wanted = process.env.FORCE_COLOR
    ? true
    : stream.isTTY === true && process.env.TERM !== 'dumb'
  return wanted && !process.env.NO_COLOR ? COLOURED : PLAIN
}

/** False, and said why, where the file could not be written. */
export async function tryWriting(file: string, write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    warn(`${file} could not be written: ${(error as Error).message}`)
    return false
  }
}

/** Puts Markdown where GitHub asks for it ($GITHUB_STEP_SUMMARY), if anywhere; false where it could not be written. */
export function summarized(render: () => Promise<string>): Promise<boolean> {
  const file = process.env.GITHUB_STEP_SUMMARY
  if (!file) return Promise.resolve(true)
  return tryWriting(file, async () => appendWhole(file, await render()))
}
