/** For tests of changed rules: two rulesets in one notation, compared, and what is told of each rule that differs. */

import { type DiffOptions, runDiff } from '../../harness/pipeline/diff.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { Firewall, PartKind } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { MAX_PORT, PortSet } from '../../src/net/port-set.ts'
import { sharedSandbox } from './sandboxes.ts'

let sandbox: () => Sandbox

/** Call it at the top of a file. */
export function comparesRules(): void {
  sandbox = sharedSandbox(4)
}

export const firewall = (
  text: string,
  file: string,
  kind: PartKind = 'nft',
  more: object = {},
): Firewall => ({
  origin: file,
  parts: [{ kind, file, text, stretches: [{ from: 1, file, line: 1 }], ...more }],
})

export async function compare(old: Firewall, young: Firewall, more: Partial<DiffOptions> = {}) {
  return runDiff({
    ...{ sandbox: sandbox(), jobs: 2, old, new: young, quick: true },
    plan: inferLab([...old.parts, ...young.parts]).plan,
    ...{ delta: undefined, budget: undefined, from: undefined, to: undefined },
    ...{ families: [4], protocols: ['tcp'], ports: portsBeside(old, young) },
    signal: new AbortController().signal,
    replay: (_, number) => `again ${number}`,
    onPlan: () => {},
    ...more,
  })
}

/** Every number of either text, with its neighbours, and some that no text has. */
function portsBeside(...sides: readonly Firewall[]): PortSet {
  const numbers = sides.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.text.match(/\d+/g) ?? []).map(Number)),
  )
  const ports = [...numbers, 1, 7, 1023, 40_000, MAX_PORT].filter((n) => n <= MAX_PORT)
  const near = ports.map((n) => ({ from: Math.max(0, n - 1), to: Math.min(MAX_PORT, n + 1) }))
  return PortSet.of(...near)
}

export interface Rules {
  readonly input?: readonly string[]
  readonly forward?: readonly string[]
  /** Sets, maps and chains of the table. */
  readonly named?: readonly string[]
  readonly policy?: 'accept' | 'drop'
  /** Further tables. */
  readonly more?: string
}

export const BACK = 'ct state established,related accept'
export const FORWARD = [BACK, 'iifname "lan0" oifname "wan0" accept']

/** Rules of the input chain begin at line 4 where nothing is named. */
export function text({
  input = [BACK, 'tcp dport 22 accept'],
  forward = FORWARD,
  ...rules
}: Rules): string {
  const chain = (name: string, policy: string, own: readonly string[]): string[] => [
    `\tchain ${name} {`,
    `\t\ttype filter hook ${name} priority 0; policy ${policy};`,
    ...own.map((rule) => `\t\t${rule}`),
    '\t}',
  ]
  const lines = [
    'table inet t {',
    ...chain('input', rules.policy ?? 'drop', input),
    ...chain('forward', 'drop', forward),
    ...(rules.named ?? []).map((one) => `\t${one}`),
    '}',
  ]
  return `${lines.join('\n')}\n${rules.more ?? ''}`
}

type Found = Awaited<ReturnType<typeof runDiff>>
/** `new.nft:5 untested: no probe …`, of everything that differs. */
export const told = ({ changedRules }: Found): string[] =>
  changedRules.map(
    ({ file, line, state, by, reason }) =>
      `${file}:${line ?? '?'} ${state}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`,
  )

export const pair = (old: Rules, young: Rules, more: Partial<DiffOptions> = {}) =>
  compare(firewall(text(old), 'old.nft'), firewall(text(young), 'new.nft'), more)

/** Enough where thousands of packets are sent on every path. */
export const ONE_PATH: Partial<DiffOptions> = { from: ['wan0'], to: ['firewall'] }
