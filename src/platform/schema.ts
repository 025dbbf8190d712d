/** The shape of a platform file. The published JSON Schema is made from this. */
import { z } from 'zod'
import { internetSchema, projectsSchema } from './projects.ts'

const path = z.string().min(1).max(4096)
const file = (what: string, how = '') => path.describe(`Path of ${what}, from this file${how}`)

/** What scenarios and platforms have in common. */
export const platformShape = {
  policy: file('the policy'),
  projects: z.union([
    projectsSchema,
    file('a file of projects', ': a YAML map, or JSON lines (.jsonl) with "project" in each'),
  ]),
  internet: internetSchema.optional(),
  requests: z
    .array(file('a request, of a folder of requests, or of JSON lines (.jsonl)'))
    .optional()
    .describe('What the projects have asked for'),
}

export const platformSchema = z.strictObject(platformShape).meta({
  title: 'nftproof platform',
  description: 'One policy, the projects that it binds, and what they have asked for',
})

export type PlatformFile = z.infer<typeof platformSchema>
