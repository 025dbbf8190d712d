/**
 * `npm run mutants`: every small mistake in the compiled Zerops ruleset must turn
 * the run red. Those that change nothing are listed here, each with its reason.
 * `npm run mutants -- PATTERN` tries those whose name matches.
 */
import { compile } from '../../src/ruleset/compile.ts'
import { load, runHere } from '../testing/wrong.ts'
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
]

const loaded = load()
const { scenario, policy } = loaded.find((l) => l.scenario.id === 'spoofed-source')!
const ruleset = compile(
  policy,
  scenario.zones.filter((zone) => zone.kind === 'project'),
)
const checked = loaded.filter((l) => l.policy.id === 'zerops')
const only = new RegExp(process.argv[2] ?? '')
const mutants = mutantsOf(ruleset).filter(({ name }) => only.test(name))
process.stdout.write(`${mutants.length} mutants of ${ruleset.split('\n').length} lines\n`)

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
    return (await runHere({ loaded: checked, jobs: 4, ruleset: { origin: 'mutant', text } })).status
  } catch (error) {
    if (error instanceof Error && /nft refuses/.test(error.message)) return 'refused'
    throw error
  }
}
