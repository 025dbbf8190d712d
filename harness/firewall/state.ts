/**
 * State other than rules that a script may leave in its network namespace, as sorted lines of text.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type Program } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

/** In the namespace of the calling thread. */
export function inspectState(): Readonly<Record<string, string>> {
  return {
    ipset: ipsets(),
    'IPv4 route': lines('ip', ['-4', 'route', 'show', 'table', 'all']),
    'IPv6 route': lines('ip', ['-6', 'route', 'show', 'table', 'all']),
    'IPv4 routing rule': lines('ip', ['-4', 'rule']),
    'IPv6 routing rule': lines('ip', ['-6', 'rule']),
    link: links(),
    'traffic control': trafficControl(),
    sysctl: sysctls(),
  }
}

/** Empty without the program, because then the script cannot have set anything with it. */
function output(program: Program, args: readonly string[]): string {
  let path: string
  try {
    path = findProgram(program)
  } catch {
    return ''
  }
  return runProgramSync(path, args).stdout
}

const sorted = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .sort()
    .join('\n')

const lines = (program: Program, args: readonly string[]): string => sorted(output(program, args))

/** Without values that the kernel chooses randomly, and without the remaining time of elements. */
const ipsets = (): string =>
  sorted(
    output('ipset', ['save'])
      .replaceAll(/ (?:initval|hashsize|bucketsize) \S+/g, '')
      .replaceAll(/^(add .*?) timeout \d+/gm, '$1')
      .replaceAll(/ (?:packets|bytes) \d+/g, ''),
  )

/** Names, flags, sizes and programs. Numbers and addresses come from the lab. */
const links = (): string =>
  sorted(
    output('ip', ['-o', 'link', 'show'])
      .split('\n')
      .map((line) => {
        const [, name, flags, mtu] = /^\d+: ([^:@]+)[^<]*<([^>]*)> mtu (\d+)/.exec(line) ?? []
        const program = /\b(?:xdp\w*|prog\/xdp)\b.*?(?= \\|$)/.exec(line)?.[0] ?? ''
        return name === undefined ? '' : `${name} ${flags} mtu ${mtu} ${program}`
      })
      .join('\n'),
  )

function trafficControl(): string {
  const disciplines = output('tc', ['qdisc', 'show'])
  const devices = [...disciplines.matchAll(/^qdisc (?!noqueue)\S+ \S+ dev (\S+)/gm)].map(
    ([, device]) => device!,
  )
  const filters = [...new Set(devices)].flatMap((device) => [
    output('tc', ['class', 'show', 'dev', device]),
    ...[[], ['ingress'], ['egress']].map((where) =>
      output('tc', ['filter', 'show', 'dev', device, ...where]),
    ),
  ])
  return sorted(withoutChance([disciplines, ...filters].join('\n')))
}

/**
 * The kernel chooses handles from 8000: itself (qdisc_alloc_handle in net/sched/sch_api.c),
 * counting up for each device.
 */
const withoutChance = (text: string): string =>
  text.replaceAll(/\b[89a-f][0-9a-f]{3}:/g, 'automatic:').replaceAll(/ refcnt \d+/g, '')

const ROOT = '/proc/sys/net'
/** Counters, and values that the kernel chooses randomly. */
const VOLATILE = /nf_conntrack_count$|_key$|stable_secret$|random|\/neigh\/|route\/flush$|^unix/

function sysctls(): string {
  const found: string[] = []
  const read = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (VOLATILE.test(name)) continue
      if (entry.isDirectory()) read(name)
      else found.push(...settingOf(name))
    }
  }
  read('')
  return found.sort().join('\n')
}

function settingOf(name: string): string[] {
  try {
    const value = readFileSync(join(ROOT, name), 'utf8').trim().replaceAll(/\s+/g, ' ')
    return [`net.${name.replaceAll('/', '.')} = ${value}`]
  } catch {
    return [] // one that can only be written
  }
}
