/** Exit code 3, with its reason, where something keeps the command from measuring. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { EVERY_RUN, findProgram } from '../system/find-program.ts'

const QUICK = ['run', 'default-egress', '--family', 'ipv4', '--protocol', 'tcp', '--ports', '20-30']
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-cli-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('exit code 3', () => {
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

  test('doctor reports forbidden user namespaces', () => {
    const { code, out } = forbidden(['doctor'])
    expect(out).toMatch(/[✘!] sandbox without root/)
    expect(out).toMatch(/→ user namespaces are forbidden: sudo sysctl -w user.max_user_namespaces/)
    expect([0, 3]).toContain(code)
  })

  test('nft refuses the ruleset: exit 2, with the message and the line', () => {
    const file = join(folder, 'broken.nft')
    writeFileSync(file, 'table inet x {\n  chain c {\n    tcp dport 99999 accept\n  }\n}\n')
    const { code, err } = nftproof([...QUICK, '--no-save', '--ruleset', file])
    expect(code).toBe(2)
    expect(err).toMatch(/broken\.nft:3:\d+-\d+: Error/)
    expect(err).toMatch(/tcp dport 99999 accept/)
  })

  test('the disk is full: the verdict is still printed', () => {
    const { code, out, err } = onFullDisk()
    expect(out).toMatch(/✔ 1 scenario conforms/)
    expect(err).toMatch(/the result could not be written.*(no space left|ENOSPC)/is)
    expect(code).toBe(3)
  })

  test('the result folder cannot be made: the verdict is still printed', () => {
    const { code, out, err } = nftproof([...QUICK, '--out', 'x'.repeat(300)])
    expect(out).toMatch(/✔ 1 scenario conforms/)
    expect(err).toMatch(/the result could not be written to x+: ENAMETOOLONG/)
    expect(code).toBe(3)
  })

  test('the result folder is a file, or below one: nothing is measured', () => {
    for (const folder of ['/dev/null', '/dev/null/below']) {
      const { code, out, err } = nftproof([...QUICK, '--out', folder])
      expect(out).toBe('')
      expect(err).toMatch(/could not be written to \/dev\/null.*name another folder with --out/)
      expect(code).toBe(2)
    }
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
