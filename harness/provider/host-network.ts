/**
 * This machine's links, addresses, routes and settings. It only reads: the one program that it
 * starts is `ip -j`.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type HostView, hostView } from '../../src/lab/host-view.ts'
import { settingNames } from '../../src/lab/settings.ts'
import { sysctlPath } from '../../src/quote/path.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

/**
 * Of this machine or of a network namespace. Throws EnvironmentError if `ip` is missing or has no
 * JSON output.
 */
export function readHost(net?: string): HostView {
  const ip = findProgram('ip')
  const lead = net === undefined ? [] : [findProgram('nsenter'), `--net=${net}`]
  const show = (...args: string[]): unknown => output([...lead, ip], ['-j', ...args])
  const link = show('-d', 'link', 'show')
  const addr = show('addr', 'show')
  const route4 = show('-4', 'route', 'show', 'table', 'main')
  const route6 = show('-6', 'route', 'show', 'table', 'main')
  try {
    const before = { link, addr, route4, route6 }
    const { links } = hostView({ ...before, settings: {} })
    return hostView({
      ...before,
      settings: settings(
        links.map(({ name }) => name),
        lead,
      ),
    })
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause
    throw new EnvironmentError(`ip -j: unexpected output: ${cause.message}`, { cause })
  }
}

function output([program, ...lead]: readonly string[], args: readonly string[]): unknown {
  const said = `ip ${args.join(' ')}`
  const { status, stdout, stderr } = runProgramSync(program!, [...lead, ...args], { name: 'ip' })
  // A kernel without IPv6 has no IPv6 routes, and prints no message.
  if (status !== 0) throw new EnvironmentError(`${said}: ${stderr.trim() || `exit ${status}`}`)
  try {
    return kernelJson(stdout)
  } catch (cause) {
    throw new EnvironmentError(`${said}: no JSON output: use iproute2 4.14 or later`, { cause })
  }
}

function settings(links: readonly string[], lead: readonly string[]): Record<string, string> {
  const names = settingNames(links)
  const values = lead.length === 0 ? names.map(setting) : settingsIn(lead, names)
  const known = names.flatMap((name, i) => {
    const value = values[i]
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(known)
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(sysctlPath(name), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** One line for each file, empty if it does not exist. */
const READ = 'for f; do v=; read -r v < "$f"; echo "$v"; done 2> /dev/null'

function settingsIn([program, ...lead]: readonly string[], names: readonly string[]) {
  const args = [...lead, 'sh', '-c', READ, 'sh', ...names.map(sysctlPath)]
  const { stdout } = runProgramSync(program!, args)
  const lines = stdout.split('\n')
  return names.map((_, i) => lines[i]?.trim() || undefined)
}
