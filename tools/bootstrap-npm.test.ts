/** The first command on a fresh machine: the packages of npm. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bin,
  calls,
  inBootstrapTree,
  noting,
  program,
  root,
  TOOLS_FOLDER,
} from './testing/bootstrap-tree.ts'
import { PATIENCE } from './testing/mark.ts'

inBootstrapTree()

describe('npm packages', () => {
  const older = new Date(Date.now() - 60_000)

  test('are installed when they are missing', () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    noting(
      'npm',
      `/bin/mkdir -p node_modules/.bin; /bin/ln -sf ${process.execPath} node_modules/.bin/node; echo > node_modules/.package-lock.json`,
    )
    expect(spawnIn(['conformance'])).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['npm ci --no-audit --no-fund'])
  })

  test('are installed when they are older than the lock file', () => {
    utimesSync(join(root, 'node_modules/.package-lock.json'), older, older)
    noting('npm')
    expect(spawnIn(['conformance'])).toMatchObject({ status: 0 })
    expect(calls()).toEqual(['npm ci --no-audit --no-fund'])
  })

  test('are not installed when they are newer', () => {
    noting('npm')
    spawnIn(['conformance'])
    expect(calls()).toEqual([])
  })

  test("that cannot be installed: exit 3, with npm's error", () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    noting('npm', 'echo "npm error network" >&2; exit 1')
    const { status, stderr } = spawnIn(['conformance'])
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/npm error network[\s\S]*npm ci failed/),
    })
  })

  test('being installed when SIGTERM arrives: npm gets it, and nothing else starts', async () => {
    rmSync(join(root, 'node_modules'), { recursive: true })
    program(
      'npm',
      `trap 'kill $!; exit 1' TERM; /bin/sleep infinity & echo npm >> "${join(root, 'calls')}"; wait`,
    )
    const child = spawn(process.execPath, [join(root, 'tools/bootstrap.mjs'), 'conformance'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: bin, NFTPROOF_PATH_ONLY: '1' },
    })
    const ended = once(child, 'exit')
    await expect.poll(calls, PATIENCE).toEqual(['npm'])
    child.kill('SIGTERM')
    expect(await ended).toEqual([null, 'SIGTERM'])
  })

  test("without a registry: exit 3, with npm's error", () => {
    const { status, stderr } = realNpm(root, ['conformance'], {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: join(root, 'cache'),
    })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/ECONNREFUSED[\s\S]*npm (ci|install) failed/),
    })
  })

  test('of a fresh clone are installed by the real npm, under any Node', () => {
    const clone = join(root, 'clone')
    cpSync(join(TOOLS_FOLDER, '..'), clone, { recursive: true, filter: isTracked })
    const { status, stdout, stderr } = realNpm(clone, ['conformance', '--', '--list'])
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stdout).toContain('default-egress ')
    // Left out by npm where its own Node is too old for it.
    expect(readdirSync(join(clone, 'node_modules/@rolldown')).join()).toMatch(/binding-/)
  })

  const isTracked = (path: string): boolean =>
    !/\/(node_modules|\.git|dist|results\/runs)$/.test(path)

  /** `npm run` by the machine's own npm and Node, not by those of the project. */
  function realNpm(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
    rmSync(join(cwd, 'node_modules'), { recursive: true, force: true })
    if (cwd === root) {
      copyFileSync(join(TOOLS_FOLDER, '../package.json'), join(root, 'package.json'))
      copyFileSync(join(TOOLS_FOLDER, '../package-lock.json'), join(root, 'package-lock.json'))
    }
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE$)/.test(name))
    const folders = process.env
      .PATH!.split(':')
      .filter((path) => !/node_modules|node-gyp/.test(path))
    const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...Object.fromEntries(own), PATH: folders.join(':'), ...env },
    })
    return { status, stdout, stderr }
  }

  function spawnIn(args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'tools/bootstrap.mjs'), ...args],
      {
        encoding: 'utf8',
        cwd: root,
        env: { PATH: `${bin}:/bin`, NFTPROOF_PATH_ONLY: '1' },
      },
    )
    return { status, stdout, stderr }
  }
})
