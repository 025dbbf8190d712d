import { describe, expect, test } from 'vitest'
import { parseShard } from '../result/shard.ts'
import { type Environment, shardFromEnvironment } from './environment.ts'

describe('CI systems', () => {
  test.each<[string, Environment, string]>([
    ['Kubernetes, from 0', { JOB_COMPLETION_INDEX: '0', NFTPROOF_SHARDS: '10' }, '1/10'],
    ['Kubernetes, the last', { JOB_COMPLETION_INDEX: '9', NFTPROOF_SHARDS: '10' }, '10/10'],
    ['GitLab, from 1', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' }, '1/4'],
    [
      'Buildkite, from 0',
      { BUILDKITE_PARALLEL_JOB: '2', BUILDKITE_PARALLEL_JOB_COUNT: '3' },
      '3/3',
    ],
    ['CircleCI, from 0', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '2' }, '1/2'],
  ])('%s', (_, environment, shard) => {
    const found = shardFromEnvironment(environment)!
    expect(`${found.shard.index}/${found.shard.count}`).toBe(shard)
    for (const [name, value] of Object.entries(environment))
      expect(found.words).toContain(`${name}=${value}`)
  })

  test.each<[string, Environment]>([
    ['nothing is set', {}],
    ['variables are empty', { CI_NODE_INDEX: '', CI_NODE_TOTAL: '' }],
    ['a GitLab job that is not parallel has a total alone', { CI_NODE_TOTAL: '1' }],
    ['every CircleCI job has both', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '1' }],
    ['a Job of one completion', { JOB_COMPLETION_INDEX: '0', NFTPROOF_SHARDS: '1' }],
    ['a shard count without a CI system that counts', { NFTPROOF_SHARDS: '1' }],
  ])('no shard: %s', (_, environment) => {
    expect(shardFromEnvironment(environment)).toBeUndefined()
  })

  test.each<[string, Environment, RegExp]>([
    [
      'Kubernetes without a count, which it never sets',
      { JOB_COMPLETION_INDEX: '3' },
      /JOB_COMPLETION_INDEX is set and NFTPROOF_SHARDS is not \(Kubernetes\): set NFTPROOF_SHARDS in the manifest/,
    ],
    ['a count alone', { NFTPROOF_SHARDS: '3' }, /NFTPROOF_SHARDS is set and JOB_COMPLETION_INDEX/],
    ['a GitLab total above 1 alone', { CI_NODE_TOTAL: '3' }, /CI_NODE_INDEX is not \(GitLab\)/],
    ['an index alone', { CIRCLE_NODE_INDEX: '1' }, /CIRCLE_NODE_TOTAL is not/],
    ['no number', { CI_NODE_INDEX: 'one', CI_NODE_TOTAL: '3' }, /CI_NODE_INDEX="one" is not/],
    ['a fraction', { CI_NODE_INDEX: '1.5', CI_NODE_TOTAL: '3' }, /is not an integer/],
    [
      'an index 0 from a system that counts from 1',
      { CI_NODE_INDEX: '0', CI_NODE_TOTAL: '3' },
      /shard 0 of 3: the index must be 1 to 3/,
    ],
    [
      'an index beyond the count',
      { JOB_COMPLETION_INDEX: '10', NFTPROOF_SHARDS: '10' },
      /JOB_COMPLETION_INDEX=10 and NFTPROOF_SHARDS=10 \(Kubernetes\): shard 11 of 10/,
    ],
    [
      'an index beyond a count of 1',
      { CIRCLE_NODE_INDEX: '1', CIRCLE_NODE_TOTAL: '1' },
      /shard 2 of 1/,
    ],
    [
      'CI systems that contradict each other',
      { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '3', JOB_COMPLETION_INDEX: '1', NFTPROOF_SHARDS: '3' },
      /contradict each other/,
    ],
  ])('an error: %s', (_, environment, message) => {
    expect(() => shardFromEnvironment(environment)).toThrow(message)
  })
})

describe('--shard', () => {
  test.each([
    ['1/1', { index: 1, count: 1 }],
    ['3/10', { index: 3, count: 10 }],
  ])('%s', (text, shard) => expect(parseShard(text)).toEqual(shard))

  test.each(['0/3', '4/3', '3', '1/0', '-1/3', 'a/b', '1/3/5', '1/10001', '1.0/3', ' 1/3'])(
    '%j is refused',
    (text) => expect(() => parseShard(text)).toThrow(/shard/),
  )
})
