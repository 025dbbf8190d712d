/** The command from outside: what it prints, what it writes, and the code that it ends with. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resultSchema } from '../../src/result/result-schema.ts'
import { MAIN, nftproof, startNftproof } from '../../tools/testing/command.ts'
import { FAULTS } from '../../tools/testing/faults.ts'
import { rulesetOf } from '../../tools/testing/ruleset.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'
import { SUPERVISED } from '../supervisor/supervise.ts'
import { EVERY_RUN, findProgram } from '../system/find-program.ts'

const QUICK = ['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']
let folder: string
let wrong: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-cli-'))
  wrong = join(folder, 'wrong.nft')
  writeFileSync(wrong, rulesetOf(FAULTS[0]!.parts))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('exit codes', () => {
  test('0: everything conforms', () => {
    const { code, out, err } = nftproof([...QUICK, '--no-save'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/✔ 1 scenario conforms: 11 ports probed in \d+\.\d\d s\n$/)
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('1: a port is wrong, and it says which, why, and how to see it again', () => {
    const { code, out } = nftproof([...QUICK, '--no-save', '--ruleset', wrong])
    expect(code).toBe(1)
    expect(out).toMatch(/│ 25 +│ blocked +│ OPEN +│ +1 │ ✘ │ restrict tcp 1–1024/)
    expect(out).toMatch(/target saw the probe, sender got the answer/)
    expect(out).toMatch(/tcp_out: th dport 25 accept ⇒ accept/)
    expect(out).toMatch(/✘ 1 port failed/)
    const replay = /replay: nftproof (run .*)/.exec(out)![1]!
    const again = nftproof([...replay.split(' '), '--no-save'])
    expect(again.code).toBe(1)
    expect(again.out).toMatch(/│ 25 +│ blocked +│ OPEN/)
  })

  test('1: a scenario elsewhere, in a folder with a space, is named so that the replay finds it', () => {
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

  test('1: every wrong row has its replay, however many there are', () => {
    const ports = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '100-220', '--no-save']
    const holes = join(folder, 'holes.nft')
    const odd = Array.from({ length: 60 }, (_, i) => 101 + 2 * i).join(', ')
    writeFileSync(
      holes,
      readFileSync(wrong, 'utf8').replace('th dport 25 ', `th dport { ${odd} } `),
    )
    const { out } = nftproof(['run', 'default-egress', ...ports, '--ruleset', holes, '--json'])
    const rows = JSON.parse(out).scenarios[0].tables[0].rows
    const bad = rows.filter((row: { verdict: string }) => row.verdict !== 'conforms')
    expect(bad.length).toBeGreaterThan(50)
    for (const row of bad) expect(row.replay).toMatch(new RegExp(`--ports ${row.from}$`))
  })

  test('3: what cannot be written to standard output is no mismatch', () => {
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

  test('2: nothing is left to probe', () => {
    const { code, err } = nftproof([
      'run',
      'default-egress',
      '--ports',
      '300',
      '--protocol',
      'icmp',
    ])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/nothing to probe/) })
  })
})

describe('3: it could not be measured', () => {
  test('nft is missing', () => {
    const { code, err } = hidden('nft')
    expect({ code, err }).toMatchObject({
      code: 3,
      err: expect.stringMatching(/nft was not found: install the package nftables/),
    })
  })

  test('unshare is missing', () => {
    const { code, err } = hidden('unshare')
    expect({ code, err }).toMatchObject({
      code: 3,
      err: expect.stringMatching(/unshare was not found: install the package util-linux/),
    })
  })

  test('user namespaces are forbidden', () => {
    const { code, err } = forbidden([...QUICK, '--rootless', '--no-save'])
    expect(code).toBe(3)
    expect(err).toMatch(/no sandbox could be created/)
    expect(err).toMatch(/user\.max_user_namespaces|user namespaces/)
  })

  test('doctor says so too', () => {
    const { code, out } = forbidden(['doctor'])
    expect(out).toMatch(/[✘!] sandbox without root/)
    expect(out).toMatch(/→ user namespaces are forbidden: sudo sysctl -w user.max_user_namespaces/)
    expect([0, 3]).toContain(code)
  })

  test('nft fails: its message is shown, with the line', () => {
    const file = join(folder, 'broken.nft')
    writeFileSync(file, 'table inet x {\n  chain c {\n    tcp dport 99999 accept\n  }\n}\n')
    const { code, err } = nftproof([...QUICK, '--no-save', '--ruleset', file])
    expect(code).toBe(2)
    expect(err).toMatch(/broken\.nft:3:\d+-\d+: Error/)
    expect(err).toMatch(/tcp dport 99999 accept/)
  })

  test('no room on the disk: the verdict is still printed', () => {
    const { code, out, err } = onFullDisk()
    expect(out).toMatch(/✔ 1 scenario conforms/)
    expect(err).toMatch(/the result could not be written.*(no space left|ENOSPC)/is)
    expect(code).toBe(3)
  })

  test('no folder can be made for the result: the verdict is still printed', () => {
    const { code, out, err } = nftproof([...QUICK, '--out', '/proc/nowhere/at/all'])
    expect(out).toMatch(/✔ 1 scenario conforms/)
    expect(err).toMatch(/the result could not be written to \/proc\/nowhere\/at\/all/)
    expect(code).toBe(3)
  })

  function hidden(program: string) {
    const links = join(folder, `without-${program}`)
    mkdirSync(links, { recursive: true })
    for (const tool of ([...EVERY_RUN, 'sh', 'mkdir'] as const).filter((t) => t !== program))
      symlinkSync(findProgram(tool), join(links, tool))
    // The usual folders are searched beside the PATH, unless this says otherwise.
    return nftproof([...QUICK, '--no-save'], { env: { PATH: links, NFTPROOF_PATH_ONLY: '1' } })
  }

  function forbidden(args: readonly string[]) {
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    const lead = [
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      'sh',
      '-c',
      script,
      'sh',
    ]
    return nftproof(args, { lead })
  }

  function onFullDisk() {
    const script = `mount -t tmpfs -o size=4k none "$0" && exec "$@"`
    const out = join(folder, 'full')
    mkdirSync(out)
    const lead = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, out]
    return nftproof([...QUICK, '--out', out], { lead })
  }
})

describe('results', () => {
  test('a run is written, fits its schema, and show prints the same again', () => {
    const out = join(folder, 'runs')
    const run = nftproof([...QUICK, '--out', out, '--ruleset', wrong])
    const [id] = readdirSync(out)
    const path = join(out, id!, 'result.json')
    const result = resultSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    expect(result).toMatchObject({ id, status: 'mismatch', interrupted: false })
    expect(result.scenarios[0]!.ruleset.text).toContain('table inet handmade')
    const shown = nftproof(['show', path])
    expect(shown.code).toBe(1)
    expect(run.out.startsWith(shown.out.trimEnd())).toBe(true)
    expect(nftproof(['show', join(out, id!), '--quiet']).out).toMatch(/^ default-egress/)
  })

  test('two runs of the same are the same, apart from times and the id', () => {
    const timeless = (text: string) =>
      JSON.stringify(JSON.parse(text), (key, value) =>
        key === 'timing' || key === 'id' ? undefined : value,
      )
    const args = ['run', 'default-egress', '--json', '--no-save', '--ruleset', wrong]
    const [first, second] = [nftproof(args), nftproof(args)]
    expect(timeless(first.out)).toBe(timeless(second.out))
    expect(first.out.length).toBeGreaterThan(1000)
  })

  test('JUnit has a case for each row, and a failure for each wrong one', () => {
    const junit = join(folder, 'junit.xml')
    nftproof([...QUICK, '--no-save', '--quiet', '--junit', junit, '--ruleset', wrong])
    const xml = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
      readFileSync(junit, 'utf8'),
    )
    expect(xml.testsuites).toMatchObject({ failures: '1', errors: '0' })
    const cases = xml.testsuites.testsuite.testcase as {
      name: string
      failure?: { message: string }
    }[]
    const failed = cases.filter((c) => c.failure)
    expect(failed.map((c) => c.name)).toEqual([expect.stringMatching(/IPv4 · TCP · 25 blocked/)])
    expect(failed[0]!.failure!.message).toBe('observed OPEN')
  })

  test('a Markdown summary goes where GitHub asks for it', () => {
    const summary = join(folder, 'summary.md')
    writeFileSync(summary, 'before\n')
    nftproof([...QUICK, '--no-save', '--quiet', '--ruleset', wrong], {
      env: { GITHUB_STEP_SUMMARY: summary },
    })
    expect(readFileSync(summary, 'utf8')).toMatch(/^before\n## nftproof: mismatch\n/)
    expect(readFileSync(summary, 'utf8')).toMatch(
      /\| ✘ \| default-egress \| .* \| 25 \| blocked \| OPEN \| `nftproof run/,
    )
  })

  test.each([
    ['nothing there', 'no/such', /no such file/],
    ['not JSON', 'text', /not JSON/],
    ['something else', 'other', /not a result/],
  ])('show of %s is refused', (_, name, message) => {
    writeFileSync(join(folder, 'text'), 'hello')
    writeFileSync(join(folder, 'other'), '{"format":"x"}')
    const { code, err } = nftproof(['show', name === 'no/such' ? name : join(folder, name)])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })
})

describe('interrupted', () => {
  test('SIGINT prints what is known so far, and keeps it', async () => {
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
  test('a reader that goes away changes nothing', () => {
    const script = `"$0" "$@" | head -1; exit "\${PIPESTATUS[0]}"`
    const args = [process.execPath, MAIN, ...QUICK, '--no-save', '--ruleset', wrong]
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, ...args], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/^ default-egress/)
  })

  test('no colours and no progress in a pipe, colours where they are forced', () => {
    const plain = nftproof([...QUICK, '--no-save'])
    expect(`${plain.out}${plain.err}`).not.toContain('\u001b')
    const forced = spawnSync(process.execPath, [MAIN, ...QUICK, '--no-save'], {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
    })
    expect(forced.stdout).toContain('\u001b[32m')
  })

  test('progress and colours on a terminal', () => {
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
