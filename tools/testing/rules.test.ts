/** No test depends on the clock, on speed, on chance, or on what else the machine runs: what could make it so needs a reason here. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname
const FILES = [
  'src/**/*.test.ts',
  'harness/**/*.test.ts',
  'tools/**/*.test.ts',
  'tools/testing/**/*.ts',
].flatMap((pattern) => globSync(pattern, { cwd: ROOT }))

/** What is looked for, and what to use instead. */
const RULES: readonly (readonly [string, RegExp, string])[] = [
  ['a pause', /\bsetTimeout\(|\bsleep\((?!\))|timers\/promises/, 'expect.poll with PATIENCE'],
  [
    'a time of the clock',
    /\bDate\.now\(|new Date\(\)|performance\.now\(|hrtime/,
    'what is reached',
  ],
  ['chance', /Math\.random|randomInt/, 'fast-check, which prints its seed'],
  ['a time-out of its own', /^ *\}, [\d_]+(?: \* [\d_]+)*\)$/m, 'those of vitest.config.ts'],
  ['all that the machine runs', /lsns|\bps -|'ps', '-|pgrep|pkill/, 'Mark'],
  [
    'a skip without a reason',
    /\.(skipIf|runIf|todo)\b|\b(test|describe)\.skip\b/,
    'describeUnless',
  ],
  ['a number of tries', /\bretry:/, 'nothing: a test that sometimes fails is wrong'],
  ['only some of the tests', /\b(test|describe)\.only\b/, 'nothing'],
]

/** Where it cannot change what is concluded. */
const ALLOWED: Readonly<Record<string, string>> = {
  'a pause: harness/lab/shared-link.netns.test.ts':
    'longer than an address is tentative: before that moment the claim is the weaker one',
  'a pause: harness/wire/established.netns.test.ts':
    'longer than the kernel keeps a flow; waiting longer changes nothing',
  'a pause: tools/testing/second/client.ts':
    'longer than the first retransmission; then both programs are asked whether they have handled all',
  'a pause: harness/supervisor/supervise.netns.test.ts':
    'between two looks for a stage, for as long as it takes',
  'a time of the clock: harness/supervisor/supervise.netns.test.ts':
    'what is tested is an end within a time: a limit far above what a loaded machine needs',
  'a pause: harness/provider/existing-flows.netns.test.ts':
    'between two looks for flows, for as long as it takes',
  'a pause: tools/fresh/fresh.test.ts': 'between two looks for processes, for as long as they last',
  'a pause: tools/testing/held.ts': 'between two looks for a stage, for as long as it takes',
  'a pause: tools/testing/leftovers.ts':
    'between two looks for processes of an interrupted run, after all tests',
  'a time of the clock: tools/testing/leftovers.ts':
    'from then on, processes of an interrupted run are killed; no test waits for it',
  'a pause: tools/testing/setup.ts': 'for the report of a failure, after it',
  'a pause: harness/sandbox/sandbox.netns.test.ts': 'turns of the event loop, which take no time',
  'a pause: tools/testing/second/contract.ts': 'turns of the event loop, which take no time',
  'all that the machine runs: tools/container/container.container.test.ts':
    'all that an engine has which the tests start for themselves (engine.ts)',
  'all that the machine runs: tools/container/hostile.container.test.ts':
    'all that an engine has which the tests start for themselves (engine.ts)',
  'all that the machine runs: tools/container/ended.container.test.ts':
    'all that an engine has which the tests start for themselves (engine.ts)',
  'all that the machine runs: tools/container/providers.container.test.ts':
    'all that an engine has which the tests start for themselves (engine.ts)',
  'all that the machine runs: tools/container/podman.container.test.ts':
    'all that Podman has in a folder of the test',
  'a time of the clock: tools/bootstrap-npm.test.ts': 'the age of a file, which it sets',
  'a time of the clock: tools/testing/cases.ts':
    'ends the search for a smaller case: a case that fails fails all the same',
}

const found = FILES.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return RULES.flatMap(([what, pattern]) => (pattern.test(text) ? [`${what}: ${file}`] : []))
}).filter((one) => !one.endsWith('rules.test.ts'))

test.each(RULES)('no test needs %s', (what, _, instead) => {
  const wrong = found.filter((one) => one.startsWith(`${what}: `) && !(one in ALLOWED))
  expect({ instead, wrong }).toEqual({ instead, wrong: [] })
})

test('every exception is used', () => {
  expect(Object.keys(ALLOWED).filter((one) => !found.includes(one))).toEqual([])
})
