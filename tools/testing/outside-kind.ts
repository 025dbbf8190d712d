/**
 * A kind of firewall from outside: a list of what is forwarded, one line each. Importing this file
 * registers it. A command knows it with `NODE_OPTIONS=--import=FILE`, in all its processes and
 * threads.
 */
import type { Loader } from '../../harness/firewall/loader.ts'
import { registerLoader } from '../../harness/firewall/loaders.ts'
import { loadRuleset } from '../../harness/firewall/nft.ts'
import { InputError } from '../../harness/system/errors.ts'
import { sourceLineOf } from '../../src/firewall/firewall.ts'
import { type FirewallKind, whole } from '../../src/firewall/kinds/kind.ts'
import { kindNamed, registerKind } from '../../src/firewall/kinds/registry.ts'

const FIRST = '%forward-list'
const LINE = /^(?<from>\w+) -> (?<to>\w+) (?<protocol>tcp|udp) (?<port>\d+)$/
const CHAIN = 'ip forwarding forward'

interface Forward {
  readonly rule: string
  readonly line: number
}

function forwardsIn(text: string): Forward[] {
  return text.split('\n').flatMap((line, i) => {
    const { from, to, protocol, port } = LINE.exec(line)?.groups ?? {}
    const rule = `iifname "${from}" oifname "${to}" ${protocol} dport ${port} accept`
    return from === undefined ? [] : [{ rule, line: i + 1 }]
  })
}

const strayIn = (text: string): number =>
  text.split('\n').findIndex((line, i) => i > 0 && line !== '' && !LINE.test(line))

const rulesetOf = (text: string): string =>
  `table ip forwarding {
chain forward {
type filter hook forward priority filter; policy drop;
ct state established accept
${forwardsIn(text)
  .map(({ rule }) => rule)
  .join('\n')}
}
}
`

export const KIND: FirewallKind = {
  name: 'forward-list',
  title: 'a list of forwards',
  prefix: { 'forward-list': { what: 'a list of forwards' } },
  example: `${FIRST}\nlan0 -> wan0 tcp 443\n`,
  detect: (text) => (text.startsWith(FIRST) ? 'interpreter' : undefined),
  read: ({ text, file }) => {
    const stray = strayIn(text)
    return stray < 0
      ? { ok: true, part: whole({ text, file }) }
      : { ok: false, problems: [{ line: stray + 1, message: 'no forward: FROM -> TO tcp PORT' }] }
  },
  locate: {
    rules: (part) =>
      forwardsIn(part.text).map(({ rule, line }) => ({
        chain: CHAIN,
        words: new Set(rule.match(/[\w.]+/g)),
        at: sourceLineOf(part, line),
      })),
    chains: (part) => [[CHAIN, sourceLineOf(part, 1)]],
    savedRule: () => undefined,
  },
  mentions: (text) => kindNamed('nft').mentions(rulesetOf(text)),
  words: (text) => kindNamed('nft').words(rulesetOf(text)),
}

const LOADER: Loader = {
  kind: KIND.name,
  programs: () => ['nft'],
  load: ({ text, file }, { executor, check = false }) => {
    if (text.includes('refuse me')) throw new InputError(`${file}: it is refused`)
    loadRuleset(rulesetOf(text), { ...executor, check })
  },
}

registerKind(KIND)
registerLoader(LOADER)
