/** What is said of a program that is missing, by the package manager of the machine. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findProgram, RUN_PROGRAMS, TEST_PROGRAMS } from './find-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-tools-'))
const TOOLS = new URL('find-program.ts', import.meta.url).href

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The error's text on a machine that has this package manager only. */
function said(program: string, manager?: string, bin = newFolder()): string {
  if (manager) {
    writeFileSync(join(bin, manager), '#!/bin/sh\n')
    chmodSync(join(bin, manager), 0o755)
  }
  const script = `const { findProgram } = await import(${JSON.stringify(TOOLS)})
try { findProgram(${JSON.stringify(program)}) } catch ({ message }) { console.log(message) }`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: bin, NFTPROOF_PATH_ONLY: '1' },
  })
  return stdout.trimEnd().replaceAll('sudo ', '')
}

const newFolder = (): string => mkdtempSync(join(folder, 'bin-'))

const cases: [string, string | undefined, string][] = [
  [
    'iptables-legacy-restore',
    'apt-get',
    'install the package iptables: apt-get update -q && apt-get install -y -q --no-install-recommends iptables',
  ],
  [
    'iptables-legacy-restore',
    'dnf',
    'install the package iptables-legacy: dnf install -y iptables-legacy',
  ],
  [
    'ip6tables-restore',
    'pacman',
    'install the package iptables: pacman -Sy --noconfirm --needed iptables',
  ],
  ['nsenter', 'apk', 'install the package util-linux-misc: apk add util-linux-misc'],
  ['vagrant', 'apk', 'its package for apk is unknown: install it by hand'],
  ['tc', undefined, 'install the package iproute2 (dnf: iproute-tc, apk: iproute2-tc)'],
]

test.each(cases)(
  'the error for a missing %s names the package of %s',
  (program, manager, remedy) => {
    expect(said(program, manager)).toBe(`${program} was not found: ${remedy}`)
  },
)

test("BusyBox's program with that name is not accepted", () => {
  const bin = newFolder()
  writeFileSync(join(bin, 'busybox'), '')
  chmodSync(join(bin, 'busybox'), 0o755)
  symlinkSync('busybox', join(bin, 'flock'))
  expect(said('flock', undefined, bin)).toMatch(/^flock was not found/)
})

test('every program in the table is installed here', () => {
  const missing = [...RUN_PROGRAMS, ...TEST_PROGRAMS].filter((name) => {
    try {
      findProgram(name)
      return false
    } catch {
      return true
    }
  })
  if (process.env.CI && process.geteuid?.() === 0) expect(missing).toEqual([])
  else expect(missing).not.toContain('nft')
})
