import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { relayTo } from '../system/relay.ts'
import { redraw } from './console.ts'

const ROOT = new URL('../..', import.meta.url).pathname

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.m?[jt]s$/.test(name) && !/\.test\.ts$|\/fixtures\.ts$/.test(name))
}

/** Who may write past harness/output/console.ts, and why. */
const WRITERS: Readonly<Record<string, string>> = {
  'harness/output/console.ts': 'the one way itself',
  'harness/cli/main.ts':
    'speaks where no other file can be opened, and makes its words safe itself',
  'harness/supervisor/supervise.ts':
    'imports nothing but what Node has; its words are its own, with names of signals',
  'tools/bootstrap.mjs': 'runs npm before anything is installed',
  'tools/nftproof.mjs': 'runs under a Node that is too old for the rest; its words are its own',
  'harness/sandbox/main.ts':
    'its standard error is a pipe to the command, which makes it safe (sandbox.ts)',
}
/** Tools of the developers, which print what the project itself made. */
const NOT_SHIPPED = /^tools\/(?!bootstrap\.mjs|nftproof\.mjs)/

/** What a stream may be asked or handed to without a word being written. */
const READING =
  /\b(?:styleOf|hasColours|relayOf|screenStyle)\(process\.(?:stdout|stderr)\)|\bprocess\.(?:stdout|stderr)\.isTTY\b|= process\.stderr\): Progress|\[process\.stdout, process\.stderr\]\)/g

/** Ways to the terminal that are not harness/output/console.ts. */
const WRITING =
  /\bprocess\s*\.\s*(?:stdout|stderr)\b|\bprocess\[|\b(?:stdout|stderr)\s*\}?\s*(?:=|from)\s*(?:process\b|'(?:node:)?process')|\bconsole\b(?!\.ts')|\b_rawDebug\b|\bemitWarning\b|\bwriteSync\(\s*[12]\b|\bstdio:[^\n]*'inherit'|\bstdio:[^\n]*\b[12]\s*[,\]]|\/dev\/(?:tty|stdout|stderr|fd\/[12])\b/

function writes(text: string): string | undefined {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`/\w])\/\/.*/g, '').replaceAll(READING, '')
  return WRITING.exec(code)?.[0]
}

describe('every line goes through harness/output/console.ts', () => {
  test.each([
    ['process.stdout.write(x)', 'process.stdout'],
    ['const { stderr } = process', 'stderr } = process'],
    ["import { stdout } from 'node:process'", "stdout } from 'node:process'"],
    ['console.log(x)', 'console'],
    ['writeSync(2, x)', 'writeSync(2'],
    ["spawn(x, [], { stdio: ['ignore', 'inherit', 'pipe'] })", "stdio: ['ignore', 'inherit'"],
    ['spawn(x, [], { stdio: [0, 1, 2] })', 'stdio: [0, 1, 2]'],
    ["openSync('/dev/tty')", '/dev/tty'],
    ['process.emitWarning(x)', 'emitWarning'],
  ])('%s is found as a write', (code, found) => expect(writes(code)).toBe(found))

  test.each(['styleOf(process.stdout)', 'if (process.stdout.isTTY) x()', '// console.log(x)'])(
    '%s writes nothing',
    (code) => expect(writes(code)).toBeUndefined(),
  )

  test('only the listed files write past it', () => {
    const writers = [...sources('src'), ...sources('harness'), ...sources('tools')].filter(
      (file) =>
        !NOT_SHIPPED.test(file) && writes(readFileSync(join(ROOT, file), 'utf8')) !== undefined,
    )
    expect(writers.sort()).toEqual(Object.keys(WRITERS).sort())
  })
})

describe('relayed output of the same command', () => {
  const relayed = (chunks: readonly (string | Uint8Array)[], hasColours = false): string[] => {
    const written: string[] = []
    const relay = relayTo((text) => written.push(text), hasColours)
    for (const chunk of chunks) relay.write(Buffer.from(chunk))
    relay.end()
    return written
  }

  test('is relayed line by line, the last line without a line feed', () => {
    expect(relayed(['a', 'b\nc', '\nd'])).toEqual(['ab\n', 'c\n', 'd'])
  })

  test('is safe wherever a chunk ends', () => {
    const said = Buffer.from('x\u001b[2Jy\u202e\u009b1m ü防\n::error::gone\n')
    const safe = 'x\\x1b[2Jy\\u{202e}\\x9b1m ü防\n\\x3a:error::gone\n'
    for (let at = 0; at <= said.length; at++)
      expect(relayed([said.subarray(0, at), said.subarray(at)]).join('')).toBe(safe)
  })

  test('has only our colours, and only on request', () => {
    const said = '\u001b[32m✔\u001b[39m \u001b[5mblink\n'
    expect(relayed([said], true).join('')).toBe('\u001b[32m✔\u001b[39m \\x1b[5mblink\n')
    expect(relayed([said]).join('')).toBe('\\x1b[32m✔\\x1b[39m \\x1b[5mblink\n')
  })

  test('is relayed in parts when a line does not end', () => {
    const chunk = 'x'.repeat(60_000)
    const written = relayed([chunk, chunk, chunk])
    expect(written).toHaveLength(2)
    expect(written.join('')).toBe(chunk.repeat(3))
  })
})

test.each([
  [0, 'sweeping router 3/201'],
  [undefined, 'sweeping router 3/201'],
  [16, 'sweeping router'],
])('a line of progress on a terminal of %s columns', (columns, shown) => {
  let text = ''
  const stream = { columns, write: (more: string) => (text += more) }
  redraw(stream as unknown as NodeJS.WriteStream, 'sweeping router 3/201')
  expect(text.slice(text.indexOf('s'))).toBe(shown)
})
