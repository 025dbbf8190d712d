/** The format of `matrix --reporter json`. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { verdict, versionSchema, versionsSchema } from './common-schema.ts'
import { fromTo, IN_ORDER } from './range-schema.ts'
import { testedSchema } from './tested-schema.ts'

const target = z.strictObject({
  name: z.string().describe('Name of the target in this matrix'),
  what: z.string().describe('As given on the command line: here, image:NAME, result:FILE …'),
  versions: versionsSchema
    .optional()
    .describe('Versions on this target; absent: nothing ran there'),
  failure: z.string().optional().describe('The reason why nothing ran on this target'),
  status: verdict,
})

const cell = z.strictObject({
  target: z.string().describe('Name of the target'),
  status: z
    .enum([...verdict.options, 'absent', 'not measured'])
    .describe(
      'absent: the scenario did not run on this target; not measured: it ran and could not be measured',
    ),
  wrong: z.int().min(0).describe('Numbers, handshakes and flows that differ from the expectation'),
})

const difference = z
  .strictObject({
    scenario: z.string().describe('Id of the scenario'),
    path: z.string().describe('shop → internet · IPv4 · TCP, or a handshake on this path'),
    ...fromTo,
    seen: z
      .array(
        z.strictObject({
          targets: z.array(z.string()).describe('Names of targets with the same outcome'),
          words: z.string().describe('The outcome as text'),
        }),
      )
      .describe('The outcome at each target, in the order of the targets'),
  })
  .refine(...IN_ORDER)

export const matrixSchema = z
  .strictObject({
    format: z.literal('nftproof-matrix').describe('Kind of this file'),
    version: versionSchema,
    status: z
      .enum(['same', 'different', 'unknown'])
      .describe('unknown: no difference was found, but something was not measured on every target'),
    targets: z.array(target).describe('Targets in the order of the command line'),
    scenarios: z
      .array(
        z.strictObject({
          id: z
            .string()
            .describe('Path of its file below the scenarios folder, without the ending'),
          title: z.string().describe('Title of the scenario'),
          cells: z.array(cell).describe('Its status at each target'),
        }),
      )
      .describe('Scenarios, in the order of the run'),
    differences: z.array(difference).describe('Ranges whose outcome differs between targets'),
    tested: testedSchema.describe('Files and firewalls of all targets'),
    problems: z.array(z.string()).describe('Why the comparison is incomplete'),
  })
  .meta({
    title: 'nftproof matrix',
    description: 'The same scenarios on several targets, and their differences',
  })
