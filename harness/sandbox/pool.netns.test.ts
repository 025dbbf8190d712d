/** Claim: a long run's labs come from one sandbox after another, of which few are there at once, and none is left. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { projectsOf } from '../../src/platform/platform.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { load } from '../../tools/testing/wrong.ts'
import { Labs } from './pool.ts'
import { mustBeRootless, Sandbox } from './sandbox.ts'

const [loaded] = load('default-egress')
const { zones } = loaded!.scenario
const LINKS = zones.length
const options = { rootless: mustBeRootless(), workers: 1 }
let labs: Labs | undefined

afterEach(() => labs?.close())

/** First processes of sandboxes that this one has started. */
function sandboxesBelow(): number {
  const stats = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/stat`, 'utf8')] : []
    } catch {
      return []
    }
  })
  return stats.filter(
    (stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === process.pid,
  ).length
}

test('labs beyond the link limit get a new sandbox, and the old one ends with its last lab', async () => {
  const before = sandboxesBelow()
  labs = new Labs(options, undefined, LINKS * 2)
  const first = await labs.openLab({ family: 4, zones })
  const second = await labs.openLab({ family: 4, zones })
  expect(labs.sandboxes).toBe(1)
  const third = await labs.openLab({ family: 4, zones })
  expect(labs.sandboxes).toBe(2)
  await first.close()
  expect(labs.sandboxes).toBe(2)
  await second.load(compile(loaded!.policy, projectsOf(loaded!.scenario), loaded!.grants))
  await second.close()
  expect(labs.sandboxes).toBe(1)
  expect(sandboxesBelow()).toBe(before + 1)
  await third.close()
  expect(labs.sandboxes).toBe(1)
})

test('a lab above the link limit gets a sandbox of its own, and nothing opens after close', async () => {
  labs = new Labs(options, undefined, 1)
  const lab = await labs.openLab({ family: 6, zones })
  await lab.close()
  await labs.close()
  expect(() => labs!.mustBeOpen()).toThrow('the sandbox was closed')
  await expect(labs.openLab({ family: 4, zones })).rejects.toThrow('the sandbox was closed')
  expect(sandboxesBelow()).toBe(0)
})

test('a killed sandbox ends its labs; the next lab gets a new sandbox', async () => {
  const first = new Sandbox(options)
  labs = new Labs(options, first)
  const lost = await labs.openLab({ family: 4, zones })
  process.kill(first.pid!, 'SIGKILL')
  // Its processes end one after the other: until then it may still answer.
  await expect.poll(() => first.hasEnded).toBe(true)
  await expect(lost.load('flush ruleset')).rejects.toThrow(/the sandbox/)
  const next = await labs.openLab({ family: 4, zones })
  await next.load('table inet t { }')
  expect(labs.sandboxes).toBe(1)
  await lost.close().catch(() => {})
  await next.close()
  expect(labs.sandboxes).toBe(1)
})

test('a sandbox with existing namespaces is not replaced: later labs fail with its error', async () => {
  const first = new Sandbox(options)
  labs = new Labs(options, first, Number.POSITIVE_INFINITY)
  await labs.ready()
  process.kill(first.pid!, 'SIGKILL')
  await expect.poll(() => first.hasEnded).toBe(true)
  await expect(labs.openLab({ family: 4, zones })).rejects.toThrow(/the sandbox/)
})

test('a lab that cannot be opened is not counted', async () => {
  labs = new Labs(options, undefined, LINKS + 1)
  const twice = [zones[0]!, { ...zones[0]!, name: 'other', link: 'no/link' }]
  await expect(labs.openLab({ family: 4, zones: twice })).rejects.toThrow(/could not be created/)
  const next = await labs.openLab({ family: 4, zones })
  expect(labs.sandboxes).toBe(1)
  await next.close()
})
