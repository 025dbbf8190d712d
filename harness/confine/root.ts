/**
 * The root of a confined script, built in a new mount namespace:
 *
 *     /usr /bin /lib … /etc      the machine's; writes go to memory
 *     the script's own folder    likewise; nothing else of the folders around it
 *     /proc /sys /dev            its own (kernel-files.ts)
 *     everything else            empty, in memory
 */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { isWithin } from '../system/within.ts'
import { EVERYBODYS, hiddenIn, isForAll, isPrivateName, isUnreadable, SYSTEM } from './hidden.ts'
import { type Cover, coverWith, makeDevices, mountProc, mountSys } from './kernel-files.ts'
import { Layers, resemble } from './layers.ts'
import { mountMemory } from './mounts.ts'
import type { Order } from './order.ts'
import { placeScript, placeStandIns } from './programs.ts'

/** The path of the new root, until it becomes the root. */
export const NEW_ROOT = '/run/nftproof/confined'
const LAYERS = '/run/nftproof/layers'

const EMPTY = ['/dev', '/proc', '/sys', '/run', '/root', '/home', '/mnt', '/media', '/opt', '/srv']
const OPEN_TO_ALL = 0o1777

/** The path of the script in the new root, and its working folder. */
export interface Placed {
  readonly script: string
  readonly folder: string
}

export function makeRoot(order: Order): Placed {
  mountMemory(NEW_ROOT)
  mountMemory(LAYERS)
  const cover = coverWith(join(LAYERS, 'nothing'))
  const layers = new Layers(join(LAYERS, 'all'))
  const folder = realpathSync(order.folder)
  for (const path of SYSTEM) addSystem(path, layers)
  hideSettings(folder, cover)
  for (const path of EMPTY) mkdirSync(inside(path), { recursive: true })
  makeDevices(inside('/dev'))
  for (const path of ['/tmp', '/run/lock', '/dev/shm']) makeOpen(inside(path))
  copySkeleton('/var', 2)
  makeOpen(inside('/var/tmp'))
  addOwnFolder(folder, order.name, { layers, cover })
  mountProc(inside('/proc'), cover)
  mountSys(inside('/sys'), cover)
  placeStandIns(NEW_ROOT)
  return { script: placeScript(NEW_ROOT, folder, order), folder }
}

const inside = (path: string): string => join(NEW_ROOT, path)

function addSystem(path: string, layers: Layers): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats?.isSymbolicLink()) symlinkSync(readlinkSync(path), inside(path))
  else if (stats?.isDirectory()) {
    mkdirSync(inside(path), { recursive: true })
    layers.lay(path, inside(path), PAVED[path]?.())
  }
}

/** Folders in which scripts write settings or replace programs. */
const PAVED: Readonly<Record<string, () => string[]>> = {
  '/etc': () => foldersIn('/etc', 2),
  '/usr': () => ['bin', 'sbin', 'lib', 'share', ...foldersIn('/usr/local', 1, 'local')],
}

/** The folder itself and folders below it, outer ones first. */
function foldersIn(path: string, depth: number, name = ''): string[] {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
  const below = depth > 0 ? namesIn(path) : []
  return [
    ...(name === '' ? [] : [name]),
    ...below.flatMap((one) => foldersIn(join(path, one), depth - 1, join(name, one))),
  ]
}

/** A script below /etc sees the files beside it, whatever their mode. */
function hideSettings(own: string, cover: Cover): void {
  const hidden = hiddenIn('/etc', (entry) => {
    const path = join('/etc', entry.path)
    return !isWithin(own, path) && !isWithin(path, own) && isUnreadable(entry)
  })
  for (const path of hidden) cover(inside(join('/etc', path)))
}

interface Making {
  readonly layers: Layers
  readonly cover: Cover
}

function addOwnFolder(folder: string, name: string, { layers, cover }: Making): void {
  if (SYSTEM.some((path) => isWithin(path, folder)) || isKernels(folder)) return
  const to = inside(folder)
  mkdirSync(to, { recursive: true })
  if (EVERYBODYS.has(folder)) {
    layers.layFiles(folder, to, (entry, stats) => isForAll(entry.name, stats))
    return
  }
  layers.lay(folder, to)
  for (const path of hiddenIn(folder, isPrivateName(name))) cover(join(to, path))
}

/** Created new for the script, without the machine's files. */
const isKernels = (folder: string): boolean =>
  ['/proc', '/sys', '/dev'].some((path) => isWithin(path, folder)) && !isWithin('/dev/shm', folder)

function makeOpen(path: string): void {
  mkdirSync(path, { recursive: true })
  resemble(path, { ...statSync(path), mode: OPEN_TO_ALL } as Stats)
}

/** Only the names of its folders, so that programs find the places where they write. */
function copySkeleton(path: string, depth: number): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return
  if (stats.isSymbolicLink()) {
    if (!existsSync(inside(path))) symlinkSync(readlinkSync(path), inside(path))
    return
  }
  if (!stats.isDirectory()) return
  mkdirSync(inside(path), { recursive: true })
  resemble(inside(path), stats)
  if (depth > 0) for (const name of namesIn(path)) copySkeleton(join(path, name), depth - 1)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
