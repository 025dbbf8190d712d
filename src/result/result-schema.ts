/**
 * The zod schema of a result file. The published JSON Schema is generated from it, and `show`
 * validates with it.
 */
import { z } from 'zod'
import { timing, verdict, versionSchema, versionsSchema } from './common-schema.ts'
import { scenarioResultSchema } from './scenario-schema.ts'
import { mergedSchema, shardSchema } from './shard-schema.ts'
import { testedSchema } from './tested-schema.ts'

export const resultSchema = z
  .strictObject({
    format: z.literal('nftproof-result').describe('Kind of this file'),
    version: versionSchema,
    id: z.string().describe('Id of the run: its start and a few random letters'),
    status: verdict,
    interrupted: z.boolean().describe('true if a signal ended the run early'),
    versions: versionsSchema,
    machine: z
      .strictObject({
        cores: z.int().describe('Processor cores that the command may use'),
        sandbox: z
          .enum(['root', 'rootless'])
          .describe('root: created as root; rootless: in a user namespace'),
      })
      .describe('The machine that measured'),
    scenarios: z.array(scenarioResultSchema).describe('Scenarios, in the order of the run'),
    tested: testedSchema,
    shard: shardSchema.optional(),
    merged: mergedSchema.optional(),
    timing,
  })
  .refine(
    ({ scenarios, shard }) =>
      !shard || scenarios.every(({ id }) => shard.order.some(({ scenario }) => scenario === id)),
    { path: ['shard', 'places'], error: 'must have an entry for each scenario' },
  )
  .meta({ title: 'nftproof result', description: 'The complete result of a run' })
