/**
 * The engine of the container tests: a dockerd of their own, so that everything
 * it has was made by them. Its files are in a folder that is removed, its network
 * is in a namespace of its own, so that this machine's stays as it is.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../harness/system/find-program.ts'

/** Enough for a slow machine; an engine that ends is noticed at once. */
const START_MS = 300_000

export default async function setup(): Promise<() => Promise<void>> {
  const stop = await startEngine()
  try {
    execFileSync(new URL('images.sh', import.meta.url).pathname, {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, NFTPROOF_NODE: process.execPath },
    })
  } catch (cause) {
    await stop()
    const said = (cause as { stderr?: Buffer }).stderr?.toString() ?? ''
    throw new Error(`the images of the container tests could not be made:\n${said}`, { cause })
  }
  return stop
}

/** Resolves with what stops it again. */
async function startEngine(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-engine-'))
  const log = openSync(join(folder, 'log'), 'w')
  const socket = `unix://${folder}/docker.sock`
  const engine = spawn(findProgram('setpriv'), commandIn(folder, socket), {
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
  const stop = (): Promise<void> => stopEngine(engine, folder)
  process.env.DOCKER_HOST = socket
  const deadline = Date.now() + START_MS
  while (!answers()) {
    if (engine.exitCode !== null || Date.now() > deadline) {
      const said = readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-12).join('\n')
      await stop()
      throw new Error(`dockerd did not start:\n${said}`)
    }
    await sleep(100)
  }
  return stop
}

function commandIn(folder: string, socket: string): string[] {
  return [
    ...['--pdeathsig', 'TERM', findProgram('unshare'), '--net', '--mount', findProgram('dockerd')],
    ...['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ...['--bip=10.77.200.1/24', `--host=${socket}`, `--data-root=${folder}/data`],
    ...[`--exec-root=${folder}/exec`, `--pidfile=${folder}/pid`],
  ]
}

function answers(): boolean {
  try {
    execFileSync('docker', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function stopEngine(engine: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => engine.once('exit', resolve))
  if (engine.exitCode === null && engine.kill('SIGTERM')) await ended
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}
