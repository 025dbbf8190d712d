/** The zod schema of a platform file. The published JSON Schema is generated from it. */
import { z } from 'zod'
import { EVEN_IF_BROKEN } from '../input/schema-whole.ts'
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

const { projects, ...rest } = platformShape

export const platformSchema = z
  .strictObject({
    ...rest,
    projects: projects.optional(),
    lab: file('a lab file, with the interfaces of the zones', '')
      .optional()
      .describe(
        'Path of a lab file, relative to this file: for a policy for zones, in place of projects and internet. The projects are then the hosts of the policy',
      ),
  })
  .superRefine(({ lab, ...own }, context) => {
    const complain = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (lab === undefined) {
      if (own.projects === undefined)
        complain('projects', 'is missing: add it, or a lab for a policy for zones')
      return
    }
    for (const key of ['projects', 'internet'] as const)
      if (own[key] !== undefined)
        complain(key, 'cannot stand beside lab: the hosts of the policy are the projects')
  }, EVEN_IF_BROKEN)
  .meta({
    title: 'nftproof platform',
    description: 'One policy, its projects, and their requests',
    anyOf: [{ required: ['projects'] }, { required: ['lab'] }],
  })

export type PlatformFile = z.infer<typeof platformSchema>
