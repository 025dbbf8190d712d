/**
 * The one way to standard output and standard error. Text from outside (files, names,
 * other programs, the kernel) is part of nearly every line, so every line is made safe
 * for a terminal here, at the end of its way, and not where somebody may forget it.
 * `harness/output/console.test.ts` finds whoever writes past this file.
 */
import { randomInt } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { WriteStream } from 'node:tty'
import { jsonWithoutLogCommands, withoutLogCommands } from '../../src/quote/log-commands.ts'
import { forTerminal, markedStyle, PLAIN, type Style } from '../../src/quote/style.ts'
import { terminalSafe, terminalSafeJson, terminalSafeLine } from '../../src/quote/terminal.ts'
import { indented } from '../system/faulty-files.ts'
import { type Relay, relayTo } from '../system/relay.ts'
import { appendWhole } from '../system/write-file.ts'

type Stream = WriteStream | NodeJS.WriteStream

/** For people: a report or a sentence. */
export function say(text: string): void {
  print(process.stdout, text)
}

/** One message. Its further lines are indented: what a program said cannot pass for another message of ours. */
export function warn(text: string): void {
  print(process.stderr, `nftproof: ${indented(text)}`)
}

/** Lines that are ours, one of them for each fault. */
export function warnLines(text: string): void {
  print(process.stderr, `nftproof: ${text}`)
}

/** For people, on standard error, without our name before it. */
export function remark(text: string): void {
  print(process.stderr, text)
}

/** Before the process ends, when nothing that is asynchronous is written any more. */
export function warnAtOnce(text: string): void {
  writeSync(2, `${safe(`nftproof: ${text}`)}\n`)
}

/** For programs: the data as it is, and no character that could act on a terminal. */
export function sayJson(json: string): void {
  process.stdout.write(`${jsonWithoutLogCommands(terminalSafeJson(json)).trimEnd()}\n`)
}

/** Commands for a CI system, which our own reporter made: safe for a terminal, and still commands. */
export function sayCommands(text: string): void {
  process.stdout.write(`${terminalSafe(text).trimEnd()}\n`)
}

/** For programs: a ruleset or YAML. A file or a pipe gets it byte by byte; a terminal, where it is only read, gets it safe. */
export function sayExactly(text: string): void {
  process.stdout.write(process.stdout.isTTY ? terminalSafe(text) : text)
}

/** The last line of a terminal anew; empty removes it. */
export function redraw(stream: NodeJS.WriteStream, text: string): void {
  const shown = [...terminalSafeLine(text)].slice(0, (stream.columns ?? COLUMNS) - 1).join('')
  stream.write(`${CLEAR_LINE}${shown}`)
}

const CLEAR_LINE = '\r\u001b[2K' // ECMA-48 EL
const COLUMNS = 80
/** Wider tables are harder to read, and not easier. */
const MAX_COLUMNS = 200

/** Columns of a terminal, or what COLUMNS says where the output is none. */
export function columnsOf(stream: Stream): number {
  const columns = stream.columns ?? Number(process.env.COLUMNS)
  return columns > 0 ? Math.min(columns, MAX_COLUMNS) : COLUMNS
}

/** Unknown to whatever comes from outside: 53 random bits, as parameters of four digits. */
const MARK = Array.from({ length: 4 }, () => `;${randomInt(1000, 10_000)}`).join('')
const MARKED = markedStyle(MARK)

/** Colours on a terminal only, and none where NO_COLOR is set (no-color.org). */
export function styleOf(stream: Stream): Style {
  return hasColours(stream) ? MARKED : PLAIN
}

export function hasColours(stream: Stream): boolean {
  const wanted = process.env.FORCE_COLOR
    ? true
    : stream.isTTY === true && process.env.TERM !== 'dumb'
  return wanted && !process.env.NO_COLOR
}

/** For what the same command prints elsewhere. */
export function relayOf(stream: Stream): Relay {
  return relayTo((text) => void stream.write(text), hasColours(process.stdout))
}

const safe = (text: string): string => withoutLogCommands(forTerminal(text, MARK))

function print(stream: Stream, text: string): void {
  stream.write(`${safe(text)}\n`)
}

/** False, and said why, where the file could not be written. */
export async function tryWriting(file: string, write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    warn(`${terminalSafeLine(file)} could not be written: ${(error as Error).message}`)
    return false
  }
}

/** Puts Markdown where GitHub asks for it ($GITHUB_STEP_SUMMARY), if anywhere; false where it could not be written. */
export function summarized(render: () => Promise<string>): Promise<boolean> {
  const file = process.env.GITHUB_STEP_SUMMARY
  if (!file) return Promise.resolve(true)
  return tryWriting(file, async () => appendWhole(file, await render()))
}
