/** Claim: an iptables-save file runs no program, and its comments stay comments. */
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  CANARY,
  expectFiles,
  files,
  folder,
  inHostileFolder,
  runInFolder,
  write,
} from '../../tools/testing/hostile-names.ts'

inHostileFolder()

describe('rules of iptables', () => {
  const saved = (line: string): string => `*filter\n:INPUT ACCEPT [0:0]\n${line}\nCOMMIT\n`

  beforeAll(() => {
    write('program', `#!/bin/sh\ntouch ${join(folder, CANARY)}\n`)
    chmodSync(join(folder, 'program'), 0o755)
  })

  const COMMANDS = [
    ['lab', 'infer', 'iptables:v4.rules'],
    ['diff', 'iptables:v4.rules', 'other.nft', '--quick'],
    ['diff', 'iptables-legacy:v4.rules', 'other.nft', '--quick'],
    ['explain', 'iptables:v4.rules', 'outside', 'firewall', 'tcp/22'],
  ]
  test.each([
    ['--modprobe=', COMMANDS],
    ...['--modprobe ', '--mo=', '-M ', '-M', '-nM '].map(
      (option) => [option, COMMANDS.slice(0, 1)] as const,
    ),
  ] as const)('do not run a program through the option %j', (option, commands) => {
    write('v4.rules', saved(`-A INPUT ${option}${join(folder, 'program')} -p tcp -m tcp -j DROP`))
    expectFiles(files())
    try {
      for (const args of commands) {
        const { code, err } = runInFolder(...args)
        expect(err).toMatch(/v4\.rules:3:10: option -.*would run the program/)
        expect(code).toBe(2)
      }
    } finally {
      rmSync(join(folder, 'v4.rules'))
      expectFiles(files())
    }
  })

  test('with hostile comments are loaded and traced', () => {
    const comment = '`>made` $(>made) | <b> \\" -M --modprobe=x'
    write(
      'v4.rules',
      saved(`-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "${comment}" -j DROP`),
    )
    expectFiles(files())
    try {
      const args = ['outside', 'firewall', 'tcp/22', '--reporter', 'json']
      const { code, out, err } = runInFolder('explain', 'iptables:v4.rules', ...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(JSON.parse(out).observation.outcome.kind).toBe('dropped')
    } finally {
      rmSync(join(folder, 'v4.rules'))
      expectFiles(files())
    }
  })
})
