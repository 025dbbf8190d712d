/**
 * The zod schema of the output of `matrix --json`. The published JSON Schema is generated from it.
 */
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
      .describe('unknown: no difference was found, but something was not measured on every target'),
    targets: z.array(
      z.strictObject({
        name: z.string(),
        what: z.string().describe('As given on the command line: here, image:NAME, result:FILE …'),
        versions: versionsSchema.optional().describe('Absent if nothing ran on this target'),
        failure: z.string().optional().describe('Why nothing ran on this target'),
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
                .describe(
                  'absent: the scenario did not run on this target; not measured: it ran and could not be measured',
                ),
              wrong: z
                .int()
                .min(0)
                .describe('Numbers, handshakes and flows that differ from the expectation'),
            }),
          )
          .describe('One for each target'),
      }),
    ),
    differences: z.array(
      z
        .strictObject({
          scenario: z.string(),
          path: z.string().describe('shop → internet · IPv4 · TCP, or a handshake on this path'),
          ...fromTo,
          seen: z
            .array(z.strictObject({ targets: z.array(z.string()), words: z.string() }))
            .describe('What was seen at each target, in the order of the targets'),
        })
        .refine(...IN_ORDER),
    ),
    tested: testedSchema.describe('The files and firewalls of all targets'),
    problems: z.array(z.string()).describe('Why the comparison is incomplete'),
  })
  .meta({
    title: 'nftproof matrix',
    description: 'The same scenarios on several targets, and their differences',
  })
