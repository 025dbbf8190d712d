/** The fresh machine, as far as it can be tested in short: what it takes along, how it fails, what it leaves. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findProgram } from '../../harness/system/find-program.ts'
import { environment } from './machine.ts'

const MAIN = join(import.meta.dirname, 'main.ts')
const isRoot = process.geteuid?.() === 0
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-fresh-test-'))
  chmodSync(folder, 0o777)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function fresh(args: readonly string[], lead: readonly string[] = []): SpawnSyncReturns<string> {
  const [program, ...rest] = [...lead, process.execPath, MAIN, ...args]
  return spawnSync(program!, rest, { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } })
}

test('an unknown job is bad usage', () => {
  expect(fresh(['everything'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('"everything": say conformance or test'),
  })
})

test('only root can make a root file system', () => {
  const lead = isRoot ? [findProgram('unshare'), '--user'] : []
  const ended = fresh(['conformance'], lead)
  expect(ended).toMatchObject({ status: 3, stderr: expect.stringContaining('as root (sudo)') })
  expect(readdirSync(folder)).toEqual([])
})

test('only variables for fetching packages are taken from the environment', () => {
  process.env.HTTPS_PROXY = 'http://proxy.example:3128'
  process.env.NFTPROOF_DEBUG = '1'
  try {
    const names = Object.keys(environment())
    expect(names).toEqual(expect.arrayContaining(['HTTPS_PROXY', 'PATH']))
    expect(names.filter((name) => /^(NFTPROOF|npm_)/i.test(name))).toEqual([])
  } finally {
    delete process.env.HTTPS_PROXY
    delete process.env.NFTPROOF_DEBUG
  }
})

if (isRoot)
  describe('when the root file system cannot be made', () => {
    test('it ends at once with the reason', () => {
      writeFileSync(join(folder, 'mmdebstrap'), '#!/bin/sh\necho "no mirror answers" >&2\nexit 1\n')
      chmodSync(join(folder, 'mmdebstrap'), 0o755)
      const root = mkdtempSync(join(folder, 'root-'))
      const script = join(import.meta.dirname, 'root.sh')
      const enter = ['--mount', 'sh', script, root, '/nowhere', 'root', 'true']
      const { status, stderr } = spawnSync(findProgram('unshare'), enter, {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      })
      expect({ status, stderr }).toEqual({
        status: 3,
        stderr: expect.stringMatching(/no mirror answers\nfresh: mmdebstrap could not make a root/),
      })
      expect(readdirSync(root)).toEqual([])
    })
  })

if (isRoot)
  describe('interrupted while making the root file system', () => {
    test('by SIGTERM as soon as its folder is there, it leaves nothing', async () => {
      const child = spawn(process.execPath, [MAIN, 'conformance'], {
        stdio: 'ignore',
        env: { ...process.env, TMPDIR: folder },
      })
      while (readdirSync(folder).length === 0) await setTimeout(1)
      child.kill('SIGTERM')
      await once(child, 'exit')
      expect(readdirSync(folder)).toEqual([])
    })

    test.each(['SIGTERM', 'SIGKILL'] as const)('by %s, it leaves nothing', async (signal) => {
      const child = spawn(process.execPath, [MAIN, 'conformance'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TMPDIR: folder },
      })
      await once(child.stderr, 'data')
      const [made] = readdirSync(folder)
      child.kill(signal)
      await once(child, 'exit')
      while (processesAbout(made!).length > 0) await setTimeout(50)
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(made)
      // Of a killed one only the folder is left, and nothing is in it.
      const left = readdirSync(folder)
      expect(left).toEqual(signal === 'SIGKILL' ? [made] : [])
      for (const name of left) expect(readdirSync(join(folder, name))).toEqual([])
    })
  })

/** Numbers of the processes that name it in their arguments. */
function processesAbout(name: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name)
    } catch {
      return false
    }
  })
}
