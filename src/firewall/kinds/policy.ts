/** A policy with its projects (a platform, a scenario): its compiled ruleset is tested. */

import { type FirewallKind, NOWHERE } from './kind.ts'

export const kind: FirewallKind = {
  name: 'policy',
  title: 'a policy',
  prefix: { policy: { what: 'the ruleset of a platform or a scenario' } },
  becomes: 'ruleset',
  example: '',
  detect: (_, name) => (/\.ya?ml$/.test(name) ? 'name' : undefined),
  // Its reader is harness/input/firewall.ts, because it names other files.
  read: () => ({
    ok: false,
    problems: [{ line: 1, message: 'a policy is compiled before it is loaded' }],
  }),
  locate: NOWHERE,
  mentions: () => ({ mentions: [], chains: [] }),
  words: () => undefined,
}
