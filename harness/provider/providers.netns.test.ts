/** Claim: whatever a provider is, a firewall there is opened, ready and restored in the same way. Containers: tools/container/providers.container.test.ts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { NicMachine } from '../../tools/testing/nic-machine.ts'
import { everyProvider } from '../../tools/testing/provider-suite.ts'
import { Router } from '../../tools/testing/router.ts'

const MARK = `nftproof-p${process.pid}`
let folder: string
let router: Router
let machine: NicMachine
/** A process in the router. */
let sleeper: ChildProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-providers-'))
  vi.stubEnv('TMPDIR', folder)
  router = new Router(MARK)
  machine = new NicMachine(MARK)
  const script = 'echo here; exec sleep infinity'
  sleeper = spawn('ip', ['netns', 'exec', MARK, 'sh', '-c', script])
  await once(sleeper.stdout!, 'data')
})
afterAll(() => {
  sleeper.kill()
  router.remove()
  machine.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** This machine's own links and rules, and what a run left in the folder for temporary files. */
const hostState = (): string => {
  const of = (...command: readonly [string, ...string[]]): string =>
    spawnSync(command[0], command.slice(1), { encoding: 'utf8' }).stdout
  const left = readdirSync(folder).filter((name) => name !== 'rules.nft')
  return [of('ip', '-br', 'link'), of('nft', 'list', 'ruleset'), ...left].join('\n')
}

everyProvider('a new network namespace', () => ({
  place: (ruleset) => {
    writeFileSync(join(folder, 'rules.nft'), ruleset)
    return ['--ruleset', join(folder, 'rules.nft')]
  },
  state: hostState,
  missing: [['--ruleset', 'nowhere.nft'], /nowhere\.nft/],
  isData: true,
}))

/** Neighbours have a state that moves by itself. */
function routerState(): string {
  for (const of of ['', '-a', '-b']) router.inside('ip', ['neigh', 'flush', 'all'], '', of)
  return `${router.everything()}${hostState()}`
}

everyProvider('an existing network namespace', () => ({
  place: (ruleset) => {
    router.load(`flush ruleset\n${ruleset}`)
    return ['--target', `netns:${router.name}`]
  },
  state: routerState,
  missing: [['--target', `netns:${MARK}-none`], new RegExp(`netns:${MARK}-none`)],
}))

everyProvider('the network namespace of a process', () => ({
  place: (ruleset) => {
    router.load(`flush ruleset\n${ruleset}`)
    return ['--target', `pid:${sleeper.pid}`]
  },
  state: routerState,
  missing: [['--target', 'pid:4194304'], /no such process/],
}))

everyProvider('network cards', () => ({
  place: (ruleset) => {
    machine.load(ruleset)
    return ['--target', 'nic:shop=eth1,internet=eth2']
  },
  state: () => `${machine.everything()}${hostState()}`,
  missing: [['--target', 'nic:shop=eth1,internet=eth9'], /no interface eth9/],
  setting: { lead: machine.lead },
}))
