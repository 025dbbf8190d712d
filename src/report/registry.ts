/** All reporters: a new one is a file beside this one and a line here. */
import type { Reporter } from './reporter.ts'

export interface Registered {
  readonly name: string
  /** For help texts. */
  readonly what: string
  readonly load: () => Promise<Reporter>
}

export const REPORTERS: readonly Registered[] = [
  {
    name: 'terminal',
    what: 'tables and evidence for people (the default)',
    load: async () => (await import('./terminal-reporter.ts')).terminal,
  },
  {
    name: 'json',
    what: 'the whole result, as its published schema says',
    load: async () => (await import('./json.ts')).json,
  },
  {
    name: 'junit',
    what: 'JUnit XML: a case for each path and policy line',
    load: async () => (await import('./junit.ts')).junit,
  },
  {
    name: 'markdown',
    what: 'a summary for a comment or a CI page',
    load: async () => (await import('./markdown-reporter.ts')).markdown,
  },
  {
    name: 'github',
    what: 'annotations of GitHub Actions, at the line of the policy',
    load: async () => (await import('./github.ts')).github,
  },
]

/** `json, junit, …`. */
export const reporterNames = (registry: readonly Registered[] = REPORTERS): string =>
  registry.map(({ name }) => name).join(', ')
