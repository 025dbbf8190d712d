/** Which tests in namespaces begin first: two files run side by side, and a long one that begins last runs alone. */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest, the longest first; all others follow in vitest's own order. */
export const LONGEST: readonly string[] = [
  'tools/docs.netns.test.ts',
  'harness/pipeline/faults.netns.test.ts',
  'harness/cli/request.netns.test.ts',
  'harness/pipeline/zones.netns.test.ts',
  'harness/pipeline/zone-grants.netns.test.ts',
  'harness/pipeline/diff-tried.netns.test.ts',
  'harness/pipeline/scenarios.netns.test.ts',
  'harness/pipeline/untested.netns.test.ts',
  'harness/pipeline/controls.netns.test.ts',
  'harness/cli/diff.netns.test.ts',
  'harness/pipeline/request.netns.test.ts',
  'harness/pipeline/agreement.netns.test.ts',
  'harness/pipeline/grants.netns.test.ts',
  'harness/pipeline/diff-tried-kinds.netns.test.ts',
  'harness/pipeline/diff.netns.test.ts',
  'harness/cli/hostile-text.netns.test.ts',
  'harness/cli/saved-results.netns.test.ts',
  'harness/pipeline/egress-firewall.netns.test.ts',
  'harness/cli/kill.netns.test.ts',
  'harness/cli/verify.netns.test.ts',
  'harness/pipeline/shards.netns.test.ts',
  'harness/lab/many-links.netns.test.ts',
  'harness/cli/cli.netns.test.ts',
  'harness/provider/providers.netns.test.ts',
  'harness/provider/netns.netns.test.ts',
  'harness/provider/hostile-names.netns.test.ts',
  'harness/supervisor/supervise.netns.test.ts',
]

/** A process is used again only if the next file is of its project, so each project's files are together. */
const PROJECTS: readonly string[] = ['netns', 'netns-own', 'unit', 'pure']

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const index = LONGEST.indexOf(relative(this.ctx.config.root, moduleId))
      const inProject = index < 0 ? LONGEST.length : index
      return PROJECTS.indexOf(project.name) * (LONGEST.length + 1) + inProject
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}
