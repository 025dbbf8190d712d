/** A tree of a stranger for the tests of a file, names that lead out of it, and how they must be refused. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { nftproof } from './command.ts'
import { CANARY, type Stranger, stranger } from './outside.ts'

/** The tree of the tests of this file. */
export let here: Stranger
/** Call it at the top of a file. */
export function inStrangersTree(): void {
  beforeAll(() => {
    here = stranger()
  })
  afterAll(() => rmSync(dirname(here.tree), { recursive: true }))
}

/** Refused, at this place, with a remedy, and without a word of what is there. */
export function refused(args: readonly string[], place: RegExp | string, cwd = here.tree): void {
  const { code, out, err } = nftproof(args, { cwd })
  expect(`${out}${err}`).not.toContain(CANARY)
  expect(err).not.toContain('this is a bug')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(place) })
  expect(err).toMatch(/: it is outside ".*", which paths in files must not leave: /)
  expect(err).toContain('--root DIR')
}

/** Each is tried in every way in this process, some by the command itself. */
export const NAMES = [
  '../../outside/secret',
  'OUTSIDE/secret',
  'link/secret',
  'chain/secret',
  'direct',
  '../../outside/not-there',
] as const
export const BY_COMMAND = [NAMES[3]] as const

export const EDGE = { policy: 'policies/egress.yaml' }
export const SHOP = { projects: 'projects/shop.yaml' }

/** The same name for files of any ending. */
export const named = (name: string, ending: string): string =>
  `${name.replace('OUTSIDE', here.outside)}${name === 'direct' ? '' : ending}`

export function links(ending: string): void {
  rmSync(join(here.tree, 'scenarios/link'), { force: true })
  for (const name of ['link', 'chain', 'direct'])
    rmSync(join(here.tree, 'scenarios', name), { force: true })
  here.link('../../outside', 'scenarios/link')
  here.link('link', 'scenarios/chain')
  here.link(`../../outside/secret${ending}`, 'scenarios/direct')
}
