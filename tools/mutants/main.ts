/**
 * `npm run mutants`: every small mistake in the compiled Zerops ruleset, in both
 * forms, must turn the run red. Those that change nothing are listed here, each with
 * its reason. `npm run mutants -- PATTERN` tries those whose name matches.
 */
import { compile } from '../../src/ruleset/compile.ts'
import { FORMS } from '../../src/ruleset/fixtures.ts'
import { EDGES, load, runHere } from '../testing/wrong.ts'
import { mutantsOf } from './mutate.ts'

const EQUIVALENT: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /left out: counter accept/, reason: 'the base chain accepts what reaches its end' },
  {
    pattern: /left out: tcp dport @tcp_allow/,
    reason: 'the set of default denials leaves the allowed ports out, and otherwise allows',
  },
  {
    pattern:
      /(21 → 22|23 → 22|52 → 53|54 → 53|79 → 80|81 → 80|122 → 123|124 → 123|442 → 443|444 → 443): 0-21,/,
    reason: 'an allowed port is accepted before the denied ones are looked up',
  },
  {
    pattern: /(left out|drop → reject): meta nfproto !=/,
    reason: 'the last rule of the chain drops the same packets; the kernel does not answer them',
  },
  {
    pattern:
      /drop → reject: (icmp|icmpv6|iifname @project_links counter drop|counter drop comment "zerops.yaml:4)/,
    reason: 'the kernel does not answer these',
  },
  {
    pattern: /policy drop: type filter hook forward priority filter;/,
    reason: "no scenario sends traffic that is not a project's",
  },
  {
    pattern: /(left out|accept → drop): iifname != @project_links counter accept/,
    reason: "no scenario sends traffic that is not a project's",
  },
  {
    pattern: /ct state established iifname != @project_links counter accept/,
    reason: 'the policy lets no flow towards a project be opened',
  },
  {
    pattern:
      /(left out|drop → \w+|oifname → iifname): ct (state established ct )?direction reply iifname @project_links oifname/,
    reason: 'the policy lets no flow between projects be opened',
  },
  {
    pattern:
      /(left out|drop → \w+|oifname → iifname|1025 → 1024): ct direction reply oifname @project_links (tcp|udp) sport !=/,
    reason: 'no flow can be opened whose replies this rule drops; forms.netns replaces rulesets',
  },
  {
    pattern: /left out: ct state related counter accept/,
    reason: 'such an error has the direction of a reply, or a type that the policy allows',
  },
  {
    pattern: /left out: ct (state established ct )?direction reply counter accept/,
    reason: 'replies from elsewhere are accepted as established; no project has to reply',
  },
  {
    pattern: /: (counter )?[io]ifname \. ip6? [sd]addr .*(@granted|vmap)/,
    reason: 'without requests, the sets and maps of grants are empty',
  },
  {
    pattern: /left out: tcp sport @tcp_allow/,
    reason: 'the set of default denials leaves the allowed ports out, and otherwise allows',
  },
  {
    pattern: /: counter drop comment "zerops\.yaml:(16-17|29,31)/,
    reason: 'in the chains of replies: no flow can be opened whose replies it drops',
  },
  {
    pattern: /(left out|oifname → iifname): ct state established ct direction reply oifname/,
    reason: 'the policy allows every reply to a flow that can be opened',
  },
  {
    pattern: /left out: meta (l4proto udp|nfproto \. meta l4proto .*) counter drop/,
    reason: 'the last rule of the chain drops the same packets',
  },
  {
    pattern: /drop → reject: meta nfproto \./,
    reason: 'the kernel does not answer these',
  },
]

const loaded = load()
const { scenario, policy } = loaded.find((l) => l.scenario.id === 'spoofed-source')!
const projects = scenario.zones.filter((zone) => zone.kind === 'project')
// Of scenarios with requests, the unchanged ruleset would be wrong as well.
const checked = loaded.filter((l) => l.policy.id === 'zerops' && l.scenario.requests.length === 0)
const only = new RegExp(process.argv[2] ?? '')
const mutants = FORMS.flatMap(([form, grants]) => {
  const ruleset = compile(policy, projects, grants)
  const all = mutantsOf(ruleset).map((mutant) => ({ ...mutant, name: `${form}: ${mutant.name}` }))
  process.stdout.write(`${form}: ${all.length} mutants of ${ruleset.split('\n').length} lines\n`)
  return all.filter(({ name }) => only.test(name))
})
for (const [form, grants] of FORMS)
  if ((await verdictOn(compile(policy, projects, grants))) !== 'conforms')
    throw new Error(`${form}: the unchanged ruleset does not conform`)

let killed = 0
let equivalent = 0
const survivors: string[] = []
for (const { name, text } of mutants) {
  const status = await verdictOn(text)
  const known = EQUIVALENT.find(({ pattern }) => pattern.test(name))
  if (status === 'mismatch' || status === 'refused') killed++
  else if (known && status === 'conforms') equivalent++
  else survivors.push(`${status}: ${name}`)
}
for (const survivor of survivors) process.stdout.write(`survived, ${survivor}\n`)
process.stdout.write(`${equivalent} change nothing\n${killed} passed, ${survivors.length} failed\n`)
process.exitCode = survivors.length > 0 ? 1 : 0

/** `refused`: nft itself does not take it. */
async function verdictOn(text: string): Promise<string> {
  try {
    const ruleset = { origin: 'mutant', text }
    return (await runHere({ loaded: checked, jobs: 4, ...EDGES, ruleset })).status
  } catch (error) {
    if (error instanceof Error && /nft refuses/.test(error.message)) return 'refused'
    throw error
  }
}
