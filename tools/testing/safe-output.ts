/** Commands with hostile text in a folder of their own, for the tests of a file; what they print must be safe. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from './command.ts'
import { expectSafe, HOSTILE, inQuotes, LOOKS } from './hostile-text.ts'
import { SCENARIOS } from './wrong.ts'

export let folder: string
/** Call it at the top of a file. */
export function inSafeFolder(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nftproof-hostile-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
}

export function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

export const Q = inQuotes(HOSTILE)
export const POLICY = join(SCENARIOS, 'policies/zerops.yaml')

export type Case = readonly [what: string, args: () => readonly string[], env?: Environment]
export type Environment = Readonly<Record<string, string>>
export interface Wanted {
  readonly looks?: readonly (typeof LOOKS)[number][]
  /** Where the input is right. */
  readonly code?: number
}

/** Each must say something. With colours some codes are let through, so that more can go wrong. */
export function safeFor(
  cases: readonly Case[],
  { looks = LOOKS.slice(1), code }: Wanted = {},
): void {
  describe.each(looks)('%s', (look, colours) => {
    const all = cases.map(([what, args, env = {}]) => [what, args, env] as const)
    test.each(all)('%s', (_, args, env) => {
      const ended = nftproof(args(), { cwd: folder, env: { ...colours, ...env } })
      expect(`${ended.out}${ended.err}`).not.toBe('')
      expect(ended.err).not.toContain('this is a bug')
      if (code !== undefined) expect(ended).toMatchObject({ code })
      expectSafe(ended, look === 'with colours')
    })
  })
}
