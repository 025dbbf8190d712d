/**
 * The only way to standard output and standard error. Text from outside (files, names, other
 * programs, the kernel) is part of nearly every line. So every line is made safe for a terminal
 * here, and no caller can forget it. `harness/output/console.test.ts` finds code that writes past
 * this file.
 */
import { randomInt } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { WriteStream } from 'node:tty'
import { jsonWithoutLogCommands, withoutLogCommands } from '../../src/quote/log-commands.ts'
import { forTerminal, markedStyle, PLAIN, type Style } from '../../src/quote/style.ts'
import { terminalSafe, terminalSafeJson, terminalSafeLine } from '../../src/quote/terminal.ts'
import { indented } from '../system/faulty-files.ts'
import { type Relay, relayTo } from '../system/relay.ts'
import { unwritable } from '../system/unwritable.ts'
import { appendWhole } from '../system/write-file.ts'

type Stream = WriteStream | NodeJS.WriteStream

/** Output for a reader: a report or a sentence. */
export function say(text: string): void {
  print(process.stdout, text)
}

/**
 * One message. Further lines are indented, so the output of another program cannot look like a
 * message of nftproof.
 */
export function warn(text: string): void {
  print(process.stderr, `nftproof: ${indented(text)}`)
}

/** Several messages of nftproof, one line for each error. */
export function warnLines(text: string): void {
  print(process.stderr, `nftproof: ${text}`)
}

/** Text for a reader on standard error, without the prefix "nftproof:". */
export function remark(text: string): void {
  print(process.stderr, text)
}

/** Synchronous, for the end of the process, when asynchronous output is lost. */
export function warnAtOnce(text: string): void {
  writeSync(2, `${safe(`nftproof: ${text}`)}\n`)
}

/** Data for programs, unchanged except that no character can control a terminal. */
export function sayJson(json: string): void {
  process.stdout.write(`${jsonWithoutLogCommands(terminalSafeJson(json)).trimEnd()}\n`)
}

/** Commands for a CI system, which our own reporter made: safe for a terminal, and still commands. */
export function sayCommands(text: string): void {
  process.stdout.write(`${terminalSafe(text).trimEnd()}\n`)
}

/**
 * A ruleset or YAML for programs. A file or a pipe gets every byte unchanged, a terminal gets safe
 * text.
 */
export function sayExactly(text: string): void {
  process.stdout.write(process.stdout.isTTY ? terminalSafe(text) : text)
}

/** Replaces the last line of a terminal. Empty text removes it. */
export function redraw(stream: NodeJS.WriteStream, text: string): void {
  const shown = [...terminalSafeLine(text)].slice(0, columnsOf(stream) - 1).join('')
  stream.write(`${CLEAR_LINE}${shown}`)
}

const CLEAR_LINE = '\r\u001b[2K' // ECMA-48 EL
const COLUMNS = 80
/** Wider tables are harder to read. */
const MAX_COLUMNS = 200

/** Columns of the terminal. Without a terminal, the value of COLUMNS. */
function columnsOf(stream: Stream): number {
  const columns = stream.columns ?? Number(process.env.COLUMNS)
  return columns > 0 ? Math.min(columns, MAX_COLUMNS) : COLUMNS
}

/** Unknown to text from outside: 53 random bits, as parameters of four digits. */
const MARK = Array.from({ length: 4 }, () => `;${randomInt(1000, 10_000)}`).join('')
const MARKED = markedStyle(MARK)

/** Colours only on a terminal, and none if NO_COLOR is set (no-color.org). */
export function styleOf(stream: Stream): Style {
  return hasColours(stream) ? MARKED : PLAIN
}

/** The same, with the columns of the screen. */
export const screenStyle = (stream: Stream): Style => ({
  ...styleOf(stream),
  columns: columnsOf(stream),
})

export function hasColours(stream: Stream): boolean {
  const wanted = process.env.FORCE_COLOR
    ? true
    : stream.isTTY === true && process.env.TERM !== 'dumb'
  return wanted && !process.env.NO_COLOR
}

/** For output of the same command in another place. */
export function relayOf(stream: Stream): Relay {
  return relayTo((text) => void stream.write(text), hasColours(process.stdout))
}

const safe = (text: string): string => withoutLogCommands(forTerminal(text, MARK))

function print(stream: Stream, text: string): void {
  stream.write(`${safe(text)}\n`)
}

/** False if the file could not be written. A message then gives the reason. */
export async function tryWriting(file: string, write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    warn(unwritable(terminalSafeLine(file), error).message)
    return false
  }
}

/**
 * Writes Markdown to the file in $GITHUB_STEP_SUMMARY, if set. False if the file could not be
 * written.
 */
export function summarized(render: () => Promise<string>): Promise<boolean> {
  const file = process.env.GITHUB_STEP_SUMMARY
  if (!file) return Promise.resolve(true)
  return tryWriting(file, async () => appendWhole(file, await render()))
}
