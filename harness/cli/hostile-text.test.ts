/** Claim: no text that Node or a Vagrant machine prints acts on the terminal. Nothing is measured here. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OPEN, result, row, scenario, table } from '../../src/report/fixtures.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { expectSafe, FORGED, HOSTILE, LOOKS } from '../../tools/testing/hostile-text.ts'
import { type Environment, file, folder, inSafeFolder } from '../../tools/testing/safe-output.ts'
import { resultText } from '../output/result-store.ts'

inSafeFolder()

const good = (): string =>
  file('good.json', resultText(result([scenario([table([row(22, 22, OPEN, { kind: 'open' })])])])))

describe('text that Node prints', () => {
  /** Code that runs in the command's own process, when it has nothing more to do. */
  const inside = (code: string): Environment => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.once('beforeExit', () => { ${code} })`)}`,
  })
  const words = JSON.stringify(HOSTILE)

  test.each([
    ['a warning from a library', `process.emitWarning(${words})`, {}, /nftproof: Warning: a\\x1b/],
    ['an unexpected error', `throw new Error(${words})`, {}, /this is a bug: a\\x1b/],
    [
      'the stack of an error',
      `throw new Error(${words})`,
      { NFTPROOF_DEBUG: '1' },
      /\n +Error: a\\x1b/,
    ],
    ['a rejection that is not an error', `Promise.reject(${words})`, {}, /this is a bug: a\\x1b/],
  ] as const)('%s', (_, code, env, said) => {
    const ended = nftproof(['show', good()], { cwd: folder, env: { ...env, ...inside(code) } })
    expect(ended.err).toMatch(said)
    expectSafe(ended, false)
  })
})

describe('text from the Vagrant machine is safe', () => {
  /** A folder whose vagrant says this and ends so, where it is asked for `verb`. */
  const answering = (verb: string, code: number): string => {
    file('Vagrantfile', '')
    file('said', `\u001b[32m✔\u001b[39m ${HOSTILE}\n`)
    const bin = join(folder, `bin-${verb}`)
    mkdirSync(bin, { recursive: true })
    const script = `#!/bin/sh\nif [ "$1" = ${verb} ]; then cat said; cat said >&2; exit ${code}; fi\n`
    writeFileSync(join(bin, 'vagrant'), script, { mode: 0o755 })
    return `${bin}:${process.env.PATH}`
  }
  const RUN = ['run', '--run-in', 'vagrant', '--no-save']

  test.each(LOOKS)('%s', (look, colours) => {
    const env = { ...colours, PATH: answering('ssh', 1) }
    const ended = nftproof(RUN, { cwd: folder, env })
    expect(ended.code).toBe(1)
    for (const text of [ended.out, ended.err])
      expect(text).toMatch(/✔\S* a\\x1b\[31;1mb[^\n]*\nFORGED\n\\x3a:error::x\n/)
    expectSafe(
      { ...ended, out: atSpaces(ended.out), err: atSpaces(ended.err) },
      look === 'with colours',
    )
  })

  /** Whole lines are handed on: there, another machine's words are all that is printed. */
  const atSpaces = (text: string): string => text.replaceAll(`\n${FORGED}`, `\n ${FORGED}`)

  test('output of Vagrant itself is safe', () => {
    const ended = nftproof(RUN, { cwd: folder, env: { PATH: answering('up', 1) } })
    expect(ended.err).toContain('vagrant up default failed: see above')
    expectSafe(ended, false)
  })
})
