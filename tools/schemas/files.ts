/** The JSON Schemas of the file formats, as the files of schemas/. */

import { z } from 'zod'
import { containerSchema } from '../../src/firewall/container-schema.ts'
import { labSchema } from '../../src/lab/schema.ts'
import { platformSchema } from '../../src/platform/schema.ts'
import { policySchema } from '../../src/policy/egress/schema.ts'
import { zonePolicySchema } from '../../src/policy/zones/schema.ts'
import { reviewSchema } from '../../src/request/review-schema.ts'
import { requestSchema } from '../../src/request/schema.ts'
import { deltaSchema } from '../../src/result/delta-schema.ts'
import { diffSchema } from '../../src/result/diff-schema.ts'
import { explainSchema } from '../../src/result/explain-schema.ts'
import { matrixSchema } from '../../src/result/matrix-schema.ts'
import { resultSchema } from '../../src/result/result-schema.ts'
import { RESULT_VERSION } from '../../src/result/version.ts'
import { firewallScenarioSchema } from '../../src/scenario/firewall-schema.ts'
import { scenarioSchema } from '../../src/scenario/schema.ts'

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  container: containerSchema,
  delta: deltaSchema,
  diff: diffSchema,
  explain: explainSchema,
  lab: labSchema,
  matrix: matrixSchema,
  policy: either(policySchema, zonePolicySchema),
  platform: platformSchema,
  request: requestSchema,
  scenario: either(scenarioSchema, firewallScenarioSchema),
  result: resultSchema,
  review: reviewSchema,
}

/** Files of one folder that have two forms. */
function either(first: z.ZodType, second: z.ZodType): z.ZodType {
  const { title, description } = z.globalRegistry.get(first) ?? {}
  return z.union([first, second]).meta({ title, description })
}

/** Version of the files that users write; each format has its version in its id. */
const VERSION = 1
const RESULTS: readonly string[] = ['diff', 'explain', 'matrix', 'result', 'review']

/** The id is a name, and no address: nothing has to be fetched to check a file. */
function published(name: string, schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return {
    $schema,
    $id: `urn:nftproof:schema:${name}:${RESULTS.includes(name) ? RESULT_VERSION : VERSION}`,
    ...rest,
  }
}

/** Text of every schema file by its path. JSON Schema 2020-12. */
export function schemaFiles(): Map<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      new URL(`../../schemas/${name}.schema.json`, import.meta.url).pathname,
      `${JSON.stringify(published(name, schema), null, 2)}\n`,
    ]),
  )
}
