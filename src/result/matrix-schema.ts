/** The shape of what `matrix --reporter json` prints. The published JSON Schema is made from this. */
import { z } from 'zod'
import { verdict, versionSchema, versionsSchema } from './common-schema.ts'
import { fromTo, IN_ORDER } from './range-schema.ts'
import { testedSchema } from './tested-schema.ts'

const target = z.strictObject({
  name: z.string().describe('Name of the target in this matrix'),
  what: z.string().describe('As it was asked for: here, image:NAME, result:FILE …'),
  versions: versionsSchema.optional().describe('Versions there; absent where nothing was run'),
  failure: z.string().optional().describe('Why nothing was run there'),
  status: verdict,
})

const cell = z.strictObject({
  target: z.string().describe('Name of the target'),
  status: z
    .enum([...verdict.options, 'absent', 'not measured'])
    .describe('absent: it was not run there; not measured: it could not be'),
  wrong: z.int().min(0).describe('Numbers, handshakes and flows not as expected'),
})

const difference = z
  .strictObject({
    scenario: z.string().describe('Id of the scenario'),
    path: z.string().describe('shop → internet · IPv4 · TCP, or an exchange there'),
    ...fromTo,
    seen: z
      .array(
        z.strictObject({
          targets: z.array(z.string()).describe('Names of targets that saw the same'),
          words: z.string().describe('What they saw'),
        }),
      )
      .describe('What was seen at each target, in the order of the targets'),
  })
  .refine(...IN_ORDER)

export const matrixSchema = z
  .strictObject({
    format: z.literal('nftproof-matrix').describe('What this file is'),
    version: versionSchema,
    status: z
      .enum(['same', 'different', 'unknown'])
      .describe('unknown: no difference was found, but something was not measured on every target'),
    targets: z.array(target).describe('Where the scenarios were run, in the order of the command'),
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
    differences: z.array(difference).describe('Where two targets saw something else'),
    tested: testedSchema.describe('What identifies what was tested, of all targets together'),
    problems: z.array(z.string()).describe('Why the comparison is incomplete'),
  })
  .meta({
    title: 'nftproof matrix',
    description: 'The same scenarios on several targets, and their differences',
  })
