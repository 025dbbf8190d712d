/** The shape of what `matrix --reporter json` prints. The published JSON Schema is made from this. */
import { z } from 'zod'
import { fromTo, IN_ORDER } from './range-schema.ts'
import { versionsSchema } from './result-schema.ts'
import { testedSchema } from './tested-schema.ts'

const status = z.enum(['conforms', 'mismatch', 'unknown'])
export const matrixSchema = z
  .strictObject({
    format: z.literal('nftproof-matrix'),
    version: z.literal(1),
    status: z
      .enum(['same', 'different', 'unknown'])
      .describe('unknown: no difference is known, and not everything was measured everywhere'),
    targets: z.array(
      z.strictObject({
        name: z.string(),
        what: z.string().describe('As it was asked for: here, image:NAME, result:FILE …'),
        versions: versionsSchema.optional().describe('Absent where nothing was run'),
        failure: z.string().optional().describe('Why nothing was run there'),
        status,
      }),
    ),
    scenarios: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        cells: z
          .array(
            z.strictObject({
              target: z.string(),
              status: z
                .enum([...status.options, 'absent', 'not measured'])
                .describe('absent: it was not run there; not measured: it could not be'),
              wrong: z.int().min(0).describe('Numbers, exchanges and flows not as expected'),
            }),
          )
          .describe('One for each place'),
      }),
    ),
    differences: z.array(
      z
        .strictObject({
          scenario: z.string(),
          path: z.string().describe('shop → internet · IPv4 · TCP, or an exchange there'),
          ...fromTo,
          seen: z
            .array(z.strictObject({ targets: z.array(z.string()), words: z.string() }))
            .describe('What was seen at each target, in the order of the targets'),
        })
        .refine(...IN_ORDER),
    ),
    tested: testedSchema.describe('Of all places together'),
    problems: z.array(z.string()).describe('Why not everything could be compared'),
  })
  .meta({
    title: 'nftproof matrix',
    description: 'The same scenarios in several places, and where they differ',
  })
