/** The parts of a result about shards: its own shard, or the merged shards. */
import { z } from 'zod'
import { timing, verdict, versionsSchema } from './common-schema.ts'
import { MAX_SHARDS } from './shard.ts'

const count = z.int().min(1).max(MAX_SHARDS).describe('Shards of the run')
const index = z.int().min(1).max(MAX_SHARDS).describe('Number of the shard, counted from 1')
const numbers = z
  .array(z.int().min(1).max(MAX_SHARDS))
  .describe('Numbers of shards, counted from 1')
const places = (what: string) =>
  z
    .array(z.int().min(0))
    .describe(`Position of each of this result's ${what} in the whole scenario, counted from 0`)
const digest = (what: string) => z.string().describe(`SHA-256 of ${what}, in hexadecimal`)

export const shardSchema = z
  .strictObject({
    index,
    count,
    plan: z
      .strictObject({
        parts: z.int().min(0).describe('Parts of the whole run'),
        scenarios: digest('the scenarios with all files that they name'),
        days: z.array(z.string()).describe('Dates on which grants are evaluated, as in RFC 3339'),
        options: digest('the options that select the probes'),
        split: digest('the division of the parts among the shards'),
      })
      .describe('Values that must be equal in all shards of a run'),
    parts: z
      .array(
        z.strictObject({
          part: z.int().min(0).describe('Number of the part in the whole run, counted from 0'),
          scenario: z.string().describe('Id of the scenario'),
          class: count
            .optional()
            .describe(
              'Equivalence class of projects, counted from 1; absent: sweeps without a class',
            ),
        }),
      )
      .describe('Parts that this shard ran'),
    order: z
      .array(
        z.strictObject({
          scenario: z.string().describe('Id of the scenario'),
          controls: places('controls'),
          tables: places('tables'),
          sourcePorts: places('sweeps of source ports'),
          handshakes: places('handshakes'),
          flows: places('flows'),
          problems: places('problems'),
        }),
      )
      .describe('The order of the whole run, an entry for each scenario'),
  })
  .refine(({ index, count: of }) => index <= of, {
    path: ['index'],
    error: 'must not be more than "count"',
  })
  .describe("This machine's share of a run; absent: the whole run")

export const mergedSchema = z
  .strictObject({
    count,
    shards: z
      .array(
        z.strictObject({
          index,
          id: z.string().describe('Id of the result that was merged'),
          status: verdict,
          versions: versionsSchema,
          timing,
        }),
      )
      .describe('Results that were merged, in the order of their numbers'),
    missing: numbers.describe('Numbers of shards without a result'),
    duplicated: numbers.describe('Numbers of shards with more than one result'),
    problems: z.array(z.string()).describe('Reasons to doubt the merged result, one sentence each'),
  })
  .describe('The shards that were merged; absent: not a merged result')
