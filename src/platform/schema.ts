/** The zod schema of a platform file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { internetSchema, projectsSchema } from './projects.ts'

const path = z.string().min(1).max(4096)
const file = (what: string, how = '') =>
  path.describe(`Path of ${what}, relative to this file${how}`)

/** Keys that scenarios and platforms have in common. */
export const platformShape = {
  policy: file('the policy file'),
  projects: z.union([
    projectsSchema,
    file('a file of projects', ': a YAML map, or JSON lines (.jsonl) with "project" in each'),
  ]),
  internet: internetSchema.optional(),
  requests: z
    .array(file('a request file, a folder of them, or JSON lines (.jsonl)'))
    .optional()
    .describe('The requests of the projects'),
}

export const platformSchema = z.strictObject(platformShape).meta({
  title: 'nftproof platform',
  description: 'One policy, its projects, and their requests',
})

export type PlatformFile = z.infer<typeof platformSchema>
