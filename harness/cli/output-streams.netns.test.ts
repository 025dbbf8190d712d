/** The command in a pipe, on a terminal, and interrupted. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAIN, nftproof, startNftproof } from '../../tools/testing/command.ts'
import { folder, inWrongFolder, QUICK, wrong } from '../../tools/testing/wrong-folder.ts'
import { SUPERVISED } from '../supervisor/watched.ts'

inWrongFolder()

describe('interrupted', () => {
  test('SIGINT prints and saves the results so far', async () => {
    const out = join(folder, 'interrupted')
    // A supervisor ends a command that has no turn on a loaded machine.
    const env = { [SUPERVISED]: '1' }
    const child = startNftproof(['run', '--jobs', '1', '--out', out], env)
    let printed = ''
    let interrupted = false
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      // The first scenario's tables are there: the next one is under way.
      if (!interrupted) interrupted = child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code).toBe(130)
    expect(printed).toMatch(/65,536 probed/)
    expect(printed).toMatch(/interrupted/)
    const [id] = readdirSync(out)
    const result = JSON.parse(readFileSync(join(out, id!, 'result.json'), 'utf8'))
    expect(result).toMatchObject({ interrupted: true, status: 'unknown' })
  })
})

describe('pipes', () => {
  test('a reader that closes the pipe does not change the exit code', () => {
    const script = `"$0" "$@" | head -1; exit "\${PIPESTATUS[0]}"`
    const args = [process.execPath, MAIN, ...QUICK, '--no-save', '--ruleset', wrong]
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, ...args], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^nftproof: default-egress: \d+ sweeps of \d+ ports over IPv4\n$/)
    expect(stdout).toMatch(/^ default-egress/)
  })

  test('a pipe gets no progress, and colours only with FORCE_COLOR', () => {
    const plain = nftproof([...QUICK, '--no-save'])
    expect(`${plain.out}${plain.err}`).not.toContain('\u001b')
    const forced = spawnSync(process.execPath, [MAIN, ...QUICK, '--no-save'], {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
    })
    expect(forced.stdout).toContain('\u001b[32m')
  })

  test('a terminal gets progress and colours', () => {
    const out = execFileSync(
      'script',
      ['-qec', `${process.execPath} ${MAIN} ${QUICK.join(' ')} --no-save`, '/dev/null'],
      {
        encoding: 'utf8',
        env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
      },
    )
    expect(out).toContain('sweeping default-egress')
    expect(out).toContain('\u001b[32m')
  })
})
