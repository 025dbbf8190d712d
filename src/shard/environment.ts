/** Reads the shard index from the variables that CI systems set for parallel jobs. */
import { type Shard, ShardError, shardOf } from '../result/shard.ts'

interface Engine {
  readonly name: string
  readonly index: string
  readonly count: string
  /** The number of the first job. */
  readonly first: 0 | 1
}

/**
 * Kubernetes gives a pod of an Indexed Job its index but not the number of pods: the manifest sets
 * NFTPROOF_SHARDS to its `completions`.
 *
 * Sources: kubernetes.io "Indexed Job for parallel processing", docs.gitlab.com "Predefined CI/CD
 * variables", buildkite.com "Environment variables", circleci.com "Project values and variables".
 */
const ENGINES: readonly Engine[] = [
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', count: 'NFTPROOF_SHARDS', first: 0 },
  { name: 'GitLab', index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', first: 1 },
  {
    name: 'Buildkite',
    index: 'BUILDKITE_PARALLEL_JOB',
    count: 'BUILDKITE_PARALLEL_JOB_COUNT',
    first: 0,
  },
  { name: 'CircleCI', index: 'CIRCLE_NODE_INDEX', count: 'CIRCLE_NODE_TOTAL', first: 0 },
]

export type Environment = Readonly<Record<string, string | undefined>>

/** A shard, and the variables that define it. */
export interface FoundShard {
  readonly shard: Shard
  readonly words: string
}

/**
 * Undefined if no CI system has parallel jobs. Throws ShardError if only one of two variables is
 * set, if one is not a number, or if two CI systems contradict each other.
 */
export function shardFromEnvironment(environment: Environment): FoundShard | undefined {
  const found = ENGINES.flatMap((engine) => fromEngine(engine, environment) ?? [])
  const [first, ...others] = found
  const other = others.find(
    ({ shard }) => shard.index !== first!.shard.index || shard.count !== first!.shard.count,
  )
  if (other)
    throw new ShardError(
      `${first!.words} and ${other.words} contradict each other: set the shard with --shard I/N, or none with --shard none`,
    )
  return first
}

function fromEngine(engine: Engine, environment: Environment): FoundShard | undefined {
  const { name } = engine
  const [index, count] = [environment[engine.index], environment[engine.count]]
  if (!index && !count) return undefined
  // GitLab sets a total of 1 and no index in jobs that are not parallel. CircleCI sets both in
  // every job.
  if (count === '1' && (!index || Number(index) === engine.first)) return undefined
  if (!index || !count) throw halfSet(engine, index)
  const words = `${engine.index}=${index} and ${engine.count}=${count} (${name})`
  const [own, all] = [whole(engine.index, index) - engine.first + 1, whole(engine.count, count)]
  try {
    return { shard: shardOf(own, all), words }
  } catch (error) {
    if (!(error instanceof ShardError)) throw error
    throw new ShardError(`${words}: ${error.message}`, { cause: error })
  }
}

function halfSet({ name, index, count }: Engine, value: string | undefined): ShardError {
  const [there, absent] = value ? [index, count] : [count, index]
  const advice =
    name === 'Kubernetes' ? `set ${count} in the manifest to the Job's completions, or ` : ''
  return new ShardError(
    `${there} is set and ${absent} is not (${name}): ${advice}set the shard with --shard I/N, or none with --shard none`,
  )
}

function whole(name: string, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new ShardError(`${name}="${value}" is not an integer`)
}
