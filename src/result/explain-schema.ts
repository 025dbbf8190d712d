/** The format of `explain --reporter json`. The published JSON Schema is generated from it. */
import { z } from 'zod'
import {
  attempts,
  family,
  losses,
  outcomeSchema,
  pathShape,
  problems,
  protocol,
  versionSchema,
  versionsSchema,
} from './common-schema.ts'
import { packetSchema, walkSchema } from './packet-schema.ts'
import { number16 } from './range-schema.ts'
import { testedSchema } from './tested-schema.ts'

export const explainSchema = z
  .strictObject({
    format: z.literal('nftproof-explain').describe('Kind of this file'),
    version: versionSchema,
    firewall: z.string().describe('The firewall as given on the command line'),
    ...pathShape,
    family,
    protocol,
    number: number16,
    packet: packetSchema,
    flags: z.string().optional().describe('TCP flags of a packet other than SYN: ack, fin,ack'),
    observation: z
      .strictObject({ outcome: outcomeSchema.describe('Outcome of the packet'), attempts })
      .describe('Observations at both ends'),
    walk: walkSchema,
    losses,
    lab: z.array(z.string()).describe('How the lab was chosen: one sentence for each decision'),
    problems,
    tested: testedSchema,
    versions: versionsSchema,
  })
  .meta({ title: 'nftproof explanation', description: 'One packet, and every rule that it passed' })
