/** An existing netns: inventory, attach, and restore. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import { type Target, targetName } from '../../src/firewall/target.ts'
import { pathPart } from '../../src/quote/path.ts'
import { detachCommands } from '../lab/attach.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { planWiring } from '../wire/wiring.ts'
import { checkFit, inventoryOf } from './netns-inventory.ts'
import { Restorer } from './netns-restore.ts'
import { mustBeAlike, mustBeLoadable, type Snapshot, snapshot } from './netns-snapshot.ts'
import type { Provider, ProviderOptions } from './provider.ts'

export type ExistingNetns = Extract<Target, { kind: 'netns' | 'pid' }>

export function openExistingNetns(
  target: ExistingNetns,
  { zones, rootless, isLoaded }: ProviderOptions,
): Provider {
  const name = targetName(target)
  if (isLoaded) throw new InputError(`${name} is tested as it is: leave out the ruleset`)
  mustBeRoot(name, rootless)
  const path = netnsPath(target)
  const fd = openSync(path, 'r')
  mustBeAlone(name, fd)
  const own = `/proc/${process.pid}/fd/${fd}`
  const { links, clsact, routes } = fitting(name, own, zones)
  const existing = { links, clsact, routes }
  const before = snapshot(own)
  mustBeLoadable(name, own, before)
  const isZoned = mayZone(before)
  const detach = detachCommands(planWiring(0, zones), existing)
  let restorer: Restorer | undefined
  return {
    name,
    oneAtATime: true,
    isLoaded: false,
    begin: ({ pid }) => {
      restorer = new Restorer({ net: own, lock: fd, before, detach, sandbox: pid! })
    },
    interrupt: () => {},
    attach: async () => ({
      netns: {
        kind: 'existing',
        net: `${process.pid}/fd/${fd}`,
        journal: `${process.pid}/fd/${restorer!.journal}`,
        isZoned,
        ...existing,
      },
      ready: async () => {},
      ended: async () => (isGone(path, fd) ? new EnvironmentError(`${name} ${GONE}`) : undefined),
      leave: async () => {},
    }),
    leave: async () => {
      await restorer?.finish()
      try {
        mustBeAlike(name, before, snapshot(own))
      } finally {
        closeSync(fd)
      }
    },
  }
}

const GONE = 'was removed during the measurement'

/**
 * Our own descriptor keeps the namespace, but no process uses it any more. So its outcomes are no
 * longer those of a firewall.
 */
function isGone(path: string, fd: number): boolean {
  try {
    return statSync(path).ino !== fstatSync(fd).ino
  } catch {
    return true
  }
}

/** Whether conntrack zones may be in use, by any rule that nft or iptables can write. */
function mayZone({ ruleset, managed }: Snapshot): boolean {
  return managed.length > 0 || /\bzone\b|xt target "?CT/.test(ruleset)
}

/** Longer than restoring a namespace takes. */
const PATIENCE_S = '5'

/**
 * A second nftproof would save the settings of the first one as the namespace's own. The restorer
 * holds the lock too, because it belongs to the open file.
 */
function mustBeAlone(name: string, fd: number): void {
  const { status } = runProgramSync(findProgram('flock'), ['--wait', PATIENCE_S, '3'], {
    third: fd,
  })
  if (status === 0) return
  closeSync(fd)
  throw new EnvironmentError(`${name}: another nftproof uses it: wait until it has ended`)
}

function fitting(name: string, path: string, zones: ProviderOptions['zones']) {
  const inventory = inventoryOf(path)
  checkFit(name, zones, inventory)
  return inventory
}

/** The sandbox's own user namespace has no rights in namespaces outside. */
function mustBeRoot(name: string, rootless: boolean): void {
  if (!rootless) return
  throw new EnvironmentError(
    `${name} can be entered by root only: ${process.geteuid?.() === 0 ? 'leave --rootless out' : 'run it as root (sudo)'}`,
  )
}

const NAMED = '/run/netns'

/** Throws InputError for an unknown namespace, and for this machine's own. */
export function netnsPath(target: ExistingNetns): string {
  const path =
    target.kind === 'netns' ? `${NAMED}/${pathPart(target.name)}` : `/proc/${target.pid}/ns/net`
  if (!existsSync(path)) throw new InputError(missing(target))
  if (statSync(path).ino === statSync('/proc/self/ns/net').ino)
    throw new InputError(
      `${targetName(target)} is this machine's own network, which nftproof never changes: name another namespace`,
    )
  return path
}

function missing(target: ExistingNetns): string {
  if (target.kind === 'pid') return `pid:${target.pid}: no such process`
  const names = existsSync(NAMED) ? readdirSync(NAMED).sort() : []
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return `netns:${target.name}: no network namespace has this name (${known}; ip netns list)`
}
