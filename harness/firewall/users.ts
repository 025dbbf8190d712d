/**
 * Users and groups that a ruleset names and this machine lacks. They are created in the sandbox's
 * own /etc.
 */
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

export interface Users {
  readonly kind: 'user' | 'group'
  readonly names: readonly string[]
}

const FOLDER = '/run/nftproof'
const FILES = { user: 'passwd', group: 'group' } as const
/** Numbers that no system assigns automatically (systemd's "unused" range). */
const FIRST_ID = 70_000

/** The unknown user in nft's message, which quotes the rule. */
export function unknownUsers(message: string): Users | undefined {
  const kind = /Error: (User|Group) does not exist/.exec(message)?.[1]
  if (kind === undefined) return undefined
  const word = kind === 'User' ? 'skuid' : 'skgid'
  const found = [
    ...message.matchAll(new RegExp(`\\b${word}\\s+(?:!=\\s*|==\\s*)?(\\{[^}]*\\}|\\S+)`, 'g')),
  ]
  const names = found.flatMap(([, value]) => value!.match(/[A-Za-z_][\w.-]*/g) ?? [])
  return names.length === 0 ? undefined : { kind: kind === 'User' ? 'user' : 'group', names }
}

/**
 * False if none of them is new, so another attempt would not help. The sandbox has its own mounts:
 * the machine's files do not change.
 */
export function createUsers({ kind, names }: Users): boolean {
  const file = FILES[kind]
  const own = `${FOLDER}/${file}`
  if (!existsSync(own)) {
    mkdirSync(FOLDER, { recursive: true })
    copyFileSync(`/etc/${file}`, own)
    const { status } = runProgramSync(findProgram('mount'), ['--bind', own, `/etc/${file}`])
    if (status !== 0) return false
  }
  const known = new Set(
    readFileSync(own, 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0]),
  )
  const fresh = names.filter((name) => !known.has(name))
  for (const [i, name] of fresh.entries()) {
    const id = FIRST_ID + known.size + i
    appendFileSync(
      own,
      kind === 'user' ? `${name}:x:${id}:${id}::/:/bin/false\n` : `${name}:x:${id}:\n`,
    )
  }
  return fresh.length > 0
}
