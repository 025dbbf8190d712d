/**
 * The privileges that a Dockerfile requests for its build commands. They run in a container without
 * a network and with limited memory.
 */
import type { Trust } from '../../src/firewall/trust.ts'
import type { Problem } from '../../src/input/problem.ts'
import { quoted } from '../../src/input/quoted.ts'

interface Instruction {
  readonly line: number
  /** As one line. */
  readonly text: string
}

const FLAGGED = /^(?:ONBUILD\s+)?RUN\s+(?:--\S+\s+)*--(network|security|mount)\b/i
/** The engine itself fetches these, over the machine's network. */
const FETCHING = /^(?:ONBUILD\s+)?ADD\s[\s\S]*?((?:\w+:\/\/|git@)\S+)/i
/** `# syntax=IMAGE` names a program that interprets the rest. */
const SYNTAX = /^#\s*syntax\s*=\s*(\S+)/i

const FLAGS: Readonly<Record<string, string>> = {
  network: 'chooses the network of the command',
  security: 'gives the command rights over this machine',
  mount: 'mounts more than the image into the command',
}

/** `file`: the path for messages. */
export function problemsOfDockerfile(text: string, file: string, trust: Trust): Problem[] {
  if (trust.has('build')) return []
  const lines = text.split(/\r?\n/)
  const problem = (line: number, what: string): Problem => ({
    at: { file, line, column: 1 },
    message: `${what}: remove it, or allow it (--trust build)`,
  })
  const syntax = SYNTAX.exec(lines[0] ?? '')?.[1]
  const parser =
    syntax === undefined
      ? []
      : [problem(1, `syntax ${quoted(syntax)}: names a program that the build would run`)]
  const asked = instructionsIn(lines).flatMap(({ line, text: one }) => {
    const flag = FLAGGED.exec(one)?.[1]?.toLowerCase()
    const source = FETCHING.exec(one)?.[1]
    return [
      ...(flag === undefined ? [] : [problem(line, `RUN --${flag}: ${FLAGS[flag]}`)]),
      ...(source === undefined
        ? []
        : [problem(line, `ADD ${quoted(source)}: the engine would download it`)]),
    ]
  })
  return [...parser, ...asked]
}

/** Continued lines are joined. A comment between them does not end the command. */
function instructionsIn(lines: readonly string[]): Instruction[] {
  const continuation = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\'
  const found: Instruction[] = []
  let begun: { line: number; text: string } | undefined
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim()
    if (line.startsWith('#') || (begun && line === '')) continue
    begun ??= { line: i + 1, text: '' }
    const isContinued = line.endsWith(continuation)
    begun.text += `${isContinued ? line.slice(0, -1) : line} `
    if (isContinued) continue
    found.push(begun)
    begun = undefined
  }
  return begun ? [...found, begun] : found
}
