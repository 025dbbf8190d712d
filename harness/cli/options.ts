/** Reading of option values that several commands share. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { VARIABLE_NAME } from '../../src/firewall/kinds/environment.ts'
import { type RunIn, readRunIn } from '../../src/firewall/run-in.ts'
import { NO_TRUST, readTrust, TRUSTABLE, type Trust } from '../../src/firewall/trust.ts'
import { nearest } from '../../src/input/suggestion.ts'
import { readFlags } from '../../src/net/packet.ts'
import { PortSet, PortsError } from '../../src/net/port-set.ts'
import { type Family, PROTOCOLS, type Protocol } from '../../src/net/protocol.ts'
import type { Day } from '../../src/policy/grant.ts'
import { REPORTERS, reporterNames } from '../../src/report/registry.ts'
import { parseShard, type Shard, ShardError } from '../../src/result/shard.ts'
import { sharedPlace } from '../output/report-places.ts'
import type { WantedReporter } from '../output/reports.ts'

export function parsePorts(text: string): PortSet {
  try {
    return PortSet.parse(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof PortsError ? error.message : String(error))
  }
}

export function parsePort(text: string): number {
  const ports = parsePorts(text)
  if (ports.size !== 1) throw new InvalidArgumentError('must be one port')
  return ports.ranges[0]!.from
}

export function parseFamily(text: string): Family {
  const [family, ...more] = parseFamilies(text)
  if (family === undefined || more.length > 0)
    throw new InvalidArgumentError('must be ipv4 or ipv6 (or 4 or 6)')
  return family
}

export function parseFlags(text: string): number {
  const flags = readFlags(text.toLowerCase())
  if (flags === undefined)
    throw new InvalidArgumentError('must be TCP flags separated by commas, or none')
  return flags
}

/** A whole number between these; hexadecimal with 0x. */
export function parseWhole(from: number, to: number): (text: string) => number {
  return (text) => {
    const number = /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN
    if (!(number >= from && number <= to))
      throw new InvalidArgumentError(`must be a whole number from ${from} to ${to}`)
    return number
  }
}

const FAMILY_NAMES: ReadonlyMap<string, Family> = new Map([
  ['ipv4', 4],
  ['4', 4],
  ['ipv6', 6],
  ['6', 6],
])

/** May be given several times, or with commas. */
export function parseFamilies(text: string, before: readonly Family[] = []): Family[] {
  const families = text.split(',').map((word) => {
    const family = FAMILY_NAMES.get(word.trim().toLowerCase())
    if (!family) throw new InvalidArgumentError(`"${word}" is not ipv4 or ipv6 (or 4 or 6)`)
    return family
  })
  return [...new Set([...before, ...families])]
}

export function parseProtocols(text: string, before: readonly Protocol[] = []): Protocol[] {
  const protocols = text.split(',').map((word) => {
    const protocol = PROTOCOLS.find((p) => p === word.trim().toLowerCase())
    if (!protocol) throw new InvalidArgumentError(`"${word}" is not one of ${PROTOCOLS.join(', ')}`)
    return protocol
  })
  return [...new Set([...before, ...protocols])]
}

export function parseJobs(text: string): number {
  const jobs = Number(text)
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
    throw new InvalidArgumentError('must be a whole number from 1 to 64')
  return jobs
}

/** `3/10`, counted from 1; or `none`. */
export function parseShardOption(text: string): Shard | 'none' {
  try {
    return text === 'none' ? text : parseShard(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof ShardError ? error.message : String(error))
  }
}

/** Probes: a whole number, or one with k or M: `500k`, `20M`. */
export function parseBudget(text: string): number {
  const match = /^(\d+)([kM]?)$/.exec(text)
  const probes = match ? Number(match[1]) * { '': 1, k: 1000, M: 1_000_000 }[match[2]!]! : 0
  if (!Number.isSafeInteger(probes) || probes < 1)
    throw new InvalidArgumentError('must be a number of probes, like 500000, 500k or 20M')
  return probes
}

export function parseDay(text: string): Day {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  // A day that does not exist, as the 30th of February, becomes another one or none.
  if (!day || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('must be a day like 2026-06-15')
  return text
}

export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= 3600))
    throw new InvalidArgumentError('must be seconds: more than 0, at most 3600.')
  return seconds
}

/** `NAME=value`, several times. A value may be empty, and may have commas and blanks in it. */
export function parseVariables(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || !VARIABLE_NAME.test(name))
    throw new InvalidArgumentError('must be the name of a variable and its value (LAN=eth1)')
  return { ...before, [name]: value! }
}

/** May be given several times, or with commas. */
export function parseNames(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((name) => name.trim())]
}

/** May be given several times, or with commas. */
export function parseTrust(text: string, before: Trust = NO_TRUST): Trust {
  const reading = readTrust(text)
  if ('unknown' in reading)
    throw new InvalidArgumentError(
      `"${reading.unknown}" is not one of ${TRUSTABLE.join(', ')} or all`,
    )
  return new Set([...before, ...reading.trust])
}

/** `NAME` or `NAME=FILE`, several times; no two of them at the same place. */
export function parseReporter(
  text: string,
  before: readonly WantedReporter[] = [],
): WantedReporter[] {
  const [, name = '', file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  const names = REPORTERS.map((one) => one.name)
  if (!names.some((one) => one === name)) {
    const near = nearest(name, names)
    const meant = near === undefined ? '' : ` — did you mean ${JSON.stringify(near)}?`
    throw new InvalidArgumentError(
      `${JSON.stringify(name)} is not one of ${reporterNames()}${meant}`,
    )
  }
  if (file === '') throw new InvalidArgumentError(`the file name is missing after "${name}="`)
  const all = [...before, { name, ...(file === undefined ? {} : { file }) }]
  const summary = process.env.GITHUB_STEP_SUMMARY
  const shared = sharedPlace(all.map((one) => one.file))
  if (shared !== undefined)
    throw new InvalidArgumentError(
      `two reporters cannot write to ${shared}: give each its own file`,
    )
  if (summary && sharedPlace([...all.flatMap((one) => one.file ?? []), summary]) !== undefined)
    throw new InvalidArgumentError(
      'nftproof appends to GITHUB_STEP_SUMMARY by default: leave it out',
    )
  return all
}

/** Of a command that has a result. */
export function reporterOption(command: Command): Command {
  return command.option(
    '--reporter <reporter>',
    `print this report, or write it to a file with NAME=FILE; repeatable: ${reporterNames()} (default: terminal)`,
    parseReporter,
  )
}

/** Of a command that only lists something. */
export function listingOption(command: Command): Command {
  const option = new Option('--reporter <reporter>', 'print a table (terminal) or JSON (json)')
  return command.addOption(option.choices(['terminal', 'json']))
}

/** One target; a command that tests several has a parser of its own. */
export function parseTarget(text: string, before?: string): string {
  if (before !== undefined)
    throw new InvalidArgumentError(`only one target can be tested: leave ${before} or ${text} out`)
  return text
}

/** `vagrant`, `container` or `container:IMAGE`. */
export function parseRunIn(text: string): RunIn {
  const runIn = readRunIn(text)
  if (!runIn) throw new InvalidArgumentError('must be vagrant, container or container:IMAGE')
  return runIn
}

/** For commands that read firewalls, or load what they compile. */
export function dataOnlyOption(command: Command): Command {
  return command.option(
    '--data-only',
    'refuse code in the input (scripts, images …) and existing namespaces; NFTPROOF_DATA_ONLY=1 does this for every command',
  )
}

/** For commands that start containers. */
export function trustOption(command: Command): Command {
  return command.option(
    '--trust <names>',
    `let a compose file or Dockerfile reach beyond its container: ${TRUSTABLE.join(', ')}, or all`,
    parseTrust,
  )
}

/** Options that several commands say in the same words. */
export function scriptTimeoutOption(command: Command): Command {
  return command.option(
    '--script-timeout <seconds>',
    'stop a script after this time (default: 60)',
    parseSeconds,
  )
}

export const rootlessOption = (command: Command): Command =>
  command.option('--rootless', 'use a user namespace, also as root')

export const jobsOption = (command: Command): Command =>
  command.option(
    '--jobs <n>',
    'open this many labs at once (default: one for each core)',
    parseJobs,
  )
