/** This machine's links, addresses, routes and settings. Reads only: the one program that is started is `ip -j`, to show. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type HostView, hostView } from '../src/lab/host-view.ts'
import { settingNames } from '../src/lab/settings.ts'
import { EnvironmentFailure } from './failure.ts'
import { findTool } from './tools.ts'

/** Throws EnvironmentFailure where there is no `ip`, or it does not know JSON. */
export function readHost(): HostView {
  const ip = findTool('ip')
  const show = (...args: string[]): unknown => output(ip, ['-j', ...args])
  const link = show('-d', 'link', 'show')
  const addr = show('addr', 'show')
  const route4 = show('-4', 'route', 'show', 'table', 'main')
  const route6 = show('-6', 'route', 'show', 'table', 'main')
  try {
    const before = { link, addr, route4, route6 }
    const { links } = hostView({ ...before, settings: {} })
    return hostView({ ...before, settings: settings(links.map(({ name }) => name)) })
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause
    throw new EnvironmentFailure(`ip -j says what is not understood: ${cause.message}`, { cause })
  }
}

function output(ip: string, args: readonly string[]): unknown {
  const said = `ip ${args.join(' ')}`
  const { status, stdout, stderr, error } = spawnSync(ip, args, {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  })
  if (error) throw new EnvironmentFailure(`${said}: ${error.message}`, { cause: error })
  // A kernel without IPv6 has no routes of it, and no message either.
  if (status !== 0) throw new EnvironmentFailure(`${said}: ${stderr.trim() || `exit ${status}`}`)
  try {
    return JSON.parse(stdout.trim() || '[]')
  } catch (cause) {
    throw new EnvironmentFailure(`${said}: no JSON; iproute2 4.14 or later is needed`, { cause })
  }
}

function settings(links: readonly string[]): Record<string, string> {
  const read = settingNames(links).flatMap((name) => {
    const value = setting(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(read)
}

function setting(name: string): string | undefined {
  const path = name.replaceAll(/[./]/g, (c) => (c === '.' ? '/' : '.')) // sysctl(8)
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
