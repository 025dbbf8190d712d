/** A namespace that exists already: looked at, plugged into, and given back as it was. */
import { closeSync, existsSync, openSync, readdirSync, statSync } from 'node:fs'
import { type Provider, providerName } from '../../src/firewall/provider.ts'
import { pathPart } from '../../src/quote/path.ts'
import { unplugCommands } from '../lab/attach.ts'
import { EnvironmentFailure, InputFailure } from '../system/errors.ts'
import { findTool } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { planWiring } from '../wire/wiring.ts'
import { checkFit, surveyOf } from './netns-inventory.ts'
import { Guard } from './netns-restore.ts'
import { mustBeAlike, mustBeLoadable, type Snapshot, snapshot } from './netns-snapshot.ts'
import type { Housing, HousingOptions } from './provider.ts'

export type Existing = Extract<Provider, { kind: 'netns' | 'pid' }>

export function lend(provider: Existing, { zones, rootless, isLoaded }: HousingOptions): Housing {
  const name = providerName(provider)
  if (isLoaded)
    throw new InputFailure(
      `${name} is tested as it is: nothing is loaded into it, so no ruleset can be given`,
    )
  mustBeRoot(name, rootless)
  const path = pathOf(provider)
  const fd = openSync(path, 'r')
  mustBeAlone(name, fd)
  const own = `/proc/${process.pid}/fd/${fd}`
  const { links, clsact, routes } = fitting(name, own, zones)
  const lent = { links, clsact, routes }
  const before = snapshot(own)
  mustBeLoadable(name, own, before)
  const isZoned = mayZone(before)
  const unplug = unplugCommands(planWiring(0, zones), lent)
  let guard: Guard | undefined
  return {
    name,
    oneAtATime: true,
    isLoaded: false,
    begin: ({ pid }) => {
      guard = new Guard({ net: own, lock: fd, before, unplug, sandbox: pid! })
    },
    interrupt: () => {},
    room: async () => ({
      place: {
        kind: 'lent',
        net: `${process.pid}/fd/${fd}`,
        journal: `${process.pid}/fd/${guard!.journal}`,
        isZoned,
        ...lent,
      },
      ready: async () => {},
      ended: async () => undefined,
      leave: async () => {},
    }),
    leave: async () => {
      await guard?.finish()
      try {
        mustBeAlike(name, before, snapshot(own))
      } finally {
        closeSync(fd)
      }
    },
  }
}

/** Whether flows may be in zones of connection tracking, by any rule that nft or iptables can write. */
function mayZone({ ruleset, managed }: Snapshot): boolean {
  return managed.length > 0 || /\bzone\b|xt target "?CT/.test(ruleset)
}

/** Longer than it takes to give a namespace back. */
const PATIENCE_S = '5'

/**
 * Who comes while somebody else measures there would take what that one set for
 * the namespace's own. The lock is on the open file, and the guard has it too.
 */
function mustBeAlone(name: string, fd: number): void {
  const { status } = runProgramSync(findTool('flock'), ['--wait', PATIENCE_S, '3'], { third: fd })
  if (status === 0) return
  closeSync(fd)
  throw new EnvironmentFailure(
    `${name}: another nftproof is at work in it: wait until it has ended`,
  )
}

function fitting(name: string, path: string, zones: HousingOptions['zones']) {
  const survey = surveyOf(path)
  checkFit(name, zones, survey)
  return survey
}

/** The sandbox's own user namespace has no power over namespaces outside. */
function mustBeRoot(name: string, rootless: boolean): void {
  if (!rootless) return
  throw new EnvironmentFailure(
    `${name} can be entered by root only: ${process.geteuid?.() === 0 ? 'leave --rootless out' : 'run it as root (sudo)'}`,
  )
}

const NAMED = '/run/netns'

/** Throws InputFailure where there is none, and for this machine's own. */
export function pathOf(provider: Existing): string {
  const path =
    provider.kind === 'netns'
      ? `${NAMED}/${pathPart(provider.name)}`
      : `/proc/${provider.pid}/ns/net`
  if (!existsSync(path)) throw new InputFailure(missing(provider))
  if (statSync(path).ino === statSync('/proc/self/ns/net').ino)
    throw new InputFailure(
      `${providerName(provider)} is this machine's own network, which is never plugged into`,
    )
  return path
}

function missing(provider: Existing): string {
  if (provider.kind === 'pid') return `pid:${provider.pid}: there is no process of that number`
  const names = existsSync(NAMED) ? readdirSync(NAMED).sort() : []
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return `netns:${provider.name}: no network namespace has this name (${known}; ip netns list)`
}
