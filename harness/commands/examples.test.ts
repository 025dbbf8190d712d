/** The examples for fleets: what the engines' schemas say of them, and that the command understands what they call. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Job } from 'kubernetes-models/batch/v1/Job'
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { MAIN } from '../../tools/testing/command.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const KUBERNETES = ['shards.yaml', 'merge.yaml'].map((name) => `examples/kubernetes/${name}`)
/** Their modules in the package, by kind. */
const MODELS = { Job, PersistentVolumeClaim } as const
const MODULES = { Job: 'batch/v1', PersistentVolumeClaim: 'v1' } as const

interface Manifest {
  readonly apiVersion: string
  readonly kind: keyof typeof MODELS
  // biome-ignore lint/suspicious/noExplicitAny: what it has is what is asked here
  readonly spec: any
}

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const manifests = (path: string): Manifest[] =>
  parseAllDocuments(text(path)).map((document) => document.toJS())

const job = (path: string) => manifests(path).find(({ kind }) => kind === 'Job')!
const container = (path: string) => job(path).spec.template.spec.containers[0]

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-examples-'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Values by the API's own schema. Throws with what is wrong. */
function validate({ kind, ...rest }: Manifest): void {
  const Model = MODELS[kind]
  if (!Model) throw new Error(`${kind} is not known here`)
  new Model(rest as never).validate()
}

/** What TypeScript says of manifests as literals of the API's types: keys that there are not, most of all. */
function typeErrors(all: readonly Manifest[]): string {
  const lines = all.map(({ kind, ...rest }, i) => {
    const from = `kubernetes-models/${MODULES[kind]}/${kind}`
    return `import type { I${kind} as T${i} } from '${from}'\nexport const m${i}: T${i} = ${JSON.stringify({ ...rest, kind })}\n`
  })
  const file = join(folder, 'manifests.ts')
  writeFileSync(file, lines.join(''))
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--target',
    'esnext',
    '--module',
    'nodenext',
    '--types',
    '',
  ]
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  return spawnSync(tsc, [...options, file], { encoding: 'utf8', cwd: folder }).stdout
}

describe('the Kubernetes manifests', () => {
  test.each([
    [KUBERNETES[0]!, ['PersistentVolumeClaim', 'Job']],
    [KUBERNETES[1]!, ['Job']],
  ])('%s is valid by the API’s schema', (path, kinds) => {
    const all = manifests(path)
    expect(all.map(({ kind }) => kind)).toEqual(kinds)
    for (const manifest of all) expect(() => validate(manifest)).not.toThrow()
    expect(typeErrors(all)).toBe('')
  })

  test('an invalid manifest is refused', () => {
    const broken = (change: (spec: Manifest['spec']) => void): Manifest => {
      const copy = structuredClone(job(KUBERNETES[0]!))
      change(copy.spec)
      return copy
    }
    for (const change of [
      (spec: Manifest['spec']) => (spec.completions = '10'),
      (spec: Manifest['spec']) => (spec.completionMode = 'Index'),
      (spec: Manifest['spec']) => delete spec.template,
      (spec: Manifest['spec']) => delete spec.template.spec.containers[0].name,
    ])
      expect(() => validate(broken(change))).toThrow()
    const misspelt = broken((spec) => (spec.backoffLimitPerIndx = 0))
    expect(typeErrors([misspelt])).toMatch(/'"?backoffLimitPerIndx"?' does not exist in type/)
    const deep = broken((spec) => (spec.template.spec.containers[0].securityContex = {}))
    expect(typeErrors([deep])).toMatch(/securityContex/)
  })

  test('have as many shards as pods, and never retry a verdict', () => {
    const { spec } = job(KUBERNETES[0]!)
    const [count] = container(KUBERNETES[0]!).env
    expect(count).toEqual({ name: 'NFTPROOF_SHARDS', value: `${spec.completions}` })
    expect(spec.completionMode).toBe('Indexed')
    expect(spec.backoffLimitPerIndex).toBe(0)
    expect(spec.template.spec.restartPolicy).toBe('Never')
  })
})

/** Runs a line of an example with the real command, which `--list` or a missing file end early. */
function shell(script: string, env: Readonly<Record<string, string>>, more: string) {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const file = join(bin, 'nftproof')
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@" ${more}\n`)
  chmodSync(file, 0o755)
  const path = `${bin}:${process.env.PATH}`
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', script], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path, CI_NODE_INDEX: '', CI_NODE_TOTAL: '', ...env },
  })
  return { status, stdout, stderr }
}

describe('the commands of the examples', () => {
  test('Kubernetes: a pod takes its shard from its index', () => {
    const { command, args, env } = container(KUBERNETES[0]!)
    expect(command).toEqual(['sh', '-euc'])
    const script = args[0].replaceAll('/results', join(folder, 'results'))
    const variables = { JOB_COMPLETION_INDEX: '2', [env[0].name]: env[0].value }
    const { status, stderr, stdout } = shell(script, variables, '--list')
    expect(status).toBe(0)
    expect(stderr).toMatch(
      /^nftproof: shard 3 of 10, by JOB_COMPLETION_INDEX=2 .*; split by planned probes$/m,
    )
    expect(stdout).toMatch(/^grants\/expiry +\S/m)
  })

  test('Kubernetes: the merge reads where the shards write', () => {
    const { command, args } = container(KUBERNETES[1]!)
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const script = [...command, ...args].join(' ').replaceAll('/results', empty)
    expect(shell(script, {}, '')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/empty: no/),
    })
  })

  // What stands behind `npm run … --` in a pipeline's line.
  const calls = (line: string): string =>
    line
      .replace(/^.*npm run conformance -- /, 'nftproof run ')
      .replace(/^.*npm run -s nftproof -- /, 'nftproof ')

  test('GitHub: the matrix lists every shard', () => {
    const { jobs } = parse(text('examples/github/shards.yml'))
    const { shard } = jobs.shard.strategy.matrix
    const line = jobs.shard.steps.find(({ run }: { run?: string }) => run?.includes('--shard')).run
    for (const index of shard) {
      const script = calls(line).replace(/\$\{\{ matrix\.shard \}\}/, index)
      if (index > 1 && index < shard.length) continue
      const { status, stderr } = shell(script, {}, '--list')
      expect({ index, status }).toEqual({ index, status: 0 })
      expect(stderr).toMatch(new RegExp(`^nftproof: shard ${index} of ${shard.length}, by --shard`))
    }
    expect(shard).toEqual(Array.from({ length: shard.length }, (_, i) => i + 1))
    const merge = jobs.merge.steps.find(({ run }: { run?: string }) => run?.includes('merge')).run
    expect(shell(calls(merge), {}, '').stderr).toMatch(/shards: no such file/)
  })

  test('GitLab: each job takes its shard from the variables of `parallel`', () => {
    const { shard, merge } = parse(text('examples/gitlab/shards.gitlab-ci.yml'))
    const variables = { CI_NODE_INDEX: '4', CI_NODE_TOTAL: `${shard.parallel}` }
    const { status, stderr } = shell(calls(shard.script[0]), variables, '--list')
    expect(status).toBe(0)
    expect(stderr).toMatch(/^nftproof: shard 4 of 10, by CI_NODE_INDEX=4 and CI_NODE_TOTAL=10/)
    // A job that is not parallel has a total of 1 and no index.
    const line = calls(merge.script[1])
    expect(shell(line, { CI_NODE_TOTAL: '1' }, '').stderr).toMatch(/shards: no such file/)
  })
})
