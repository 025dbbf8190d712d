/** The codes that the command ends with, and what it prints with each. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAIN, nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { folder, inWrongFolder, QUICK, wrong } from '../../tools/testing/wrong-folder.ts'

inWrongFolder()

describe('exit codes', () => {
  test('0: everything conforms', () => {
    const { code, out, err } = nftproof([...QUICK, '--no-save'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/✔ 1 scenario conforms: 11 ports probed in \d+\.\d\d s\n$/)
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('1: a wrong port is reported with its rule and a replay command', () => {
    const { code, out } = nftproof([...QUICK, '--no-save', '--ruleset', wrong])
    expect(code).toBe(1)
    expect(out).toMatch(/│ 25 +│ blocked +│ OPEN +│ +1 │ ✘ │ deny tcp 1–1024/)
    expect(out).toMatch(/target saw the probe, sender got the answer/)
    expect(out).toMatch(/tcp_out: th dport 25 accept ⇒ accept/)
    expect(out).toMatch(/✘ 1 port failed/)
    const replay = /replay: nftproof (run .*)/.exec(out)![1]!
    const again = nftproof([...replay.split(' '), '--no-save'])
    expect(again.code).toBe(1)
    expect(again.out).toMatch(/│ 25 +│ blocked +│ OPEN/)
  })

  test('1: the replay command finds a scenario in another folder whose name has a space', () => {
    const own = join(folder, 'my claims')
    mkdirSync(own, { recursive: true })
    const text = readFileSync(join(SCENARIOS, 'default-egress.yaml'), 'utf8')
    const file = join(own, 'a claim.yaml')
    writeFileSync(file, text.replace('policies/', `${SCENARIOS}/policies/`))
    const { code, out } = nftproof([
      'run',
      file,
      ...QUICK.slice(2),
      '--no-save',
      ...['--root', '/'],
      '--ruleset',
      wrong,
    ])
    expect(code).toBe(1)
    const replay = /replay: (nftproof run .*)/.exec(out)![1]!
    const script = `nftproof() { "${process.execPath}" "${MAIN}" "$@" --no-save; }; ${replay}`
    const again = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    expect(again.stdout).toMatch(/│ 25 +│ blocked +│ OPEN/)
    expect(again.status).toBe(1)
  })

  test('1: each of 59 wrong rows has a replay command', () => {
    const ports = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '100-220', '--no-save']
    const holes = join(folder, 'holes.nft')
    const odd = Array.from({ length: 60 }, (_, i) => 101 + 2 * i).join(', ')
    writeFileSync(
      holes,
      readFileSync(wrong, 'utf8').replace('th dport 25 ', `th dport { ${odd} } `),
    )
    const { out } = nftproof([
      'run',
      'default-egress',
      ...ports,
      '--ruleset',
      holes,
      '--reporter',
      'json',
    ])
    const rows = JSON.parse(out).scenarios[0].tables[0].rows
    const bad = rows.filter((row: { verdict: string }) => row.verdict !== 'conforms')
    // 123 (NTP) may be open.
    expect(bad).toHaveLength(59)
    for (const row of bad) expect(row.replay).toMatch(new RegExp(`--ports ${row.from}$`))
  })

  test('3: standard output cannot be written', () => {
    for (const args of [
      [...QUICK, '--no-save'],
      ['policy', 'show', `${SCENARIOS}/policies/zerops.yaml`],
    ]) {
      const script = `"${process.execPath}" "${MAIN}" "$@" > /dev/full`
      const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...args], {
        encoding: 'utf8',
      })
      expect(stderr).toMatch(/^nftproof: the output could not be written: ENOSPC/)
      expect(status).toBe(3)
    }
  })

  test('2: bad usage', () => {
    for (const args of [
      ['run', '--bogus'],
      ['frobnicate'],
      ['run', '--ports', '70000'],
      ['run', '--protocol', 'sctp'],
      ['run', '--family', 'ipv5'],
      ['run', '--jobs', '0'],
      ['show'],
    ])
      expect({ args, code: nftproof(args).code }).toEqual({ args, code: 2 })
  })

  test('2: the options leave nothing to probe', () => {
    const { code, err } = nftproof([
      'run',
      'default-egress',
      '--ports',
      '300',
      '--protocol',
      'icmp',
    ])
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/exclude everything in these scenarios/),
    })
  })
})
