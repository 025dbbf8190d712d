/** A work tree that a stranger made, and files of ours outside of it that it names. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const EGRESS = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname

/** Stands in every line of what must not be read. */
export const CANARY = 'hunter2-canary'

export const POLICY = `policy: paper
title: A paper
zones: [lan, wan]
statements: []
`
export const ZONES = 'zones: { lan: lan0, wan: wan0 }'
export const RULES = `table inet f {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "lan0" oifname "wan0" accept
    iifname "wan0" oifname "lan0" accept
  }
}
`
/** A scenario about a given firewall, of which the lines given are others. */
export function claim(lines: Readonly<Record<string, string>> = {}): string {
  const all = { firewall: 'rules.nft', policy: 'policies/paper.yaml', ...lines }
  const own = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`)
  return `title: A claim\nrequirement: A claim.\nsource: Somewhere\n${own.join('')}${'lab' in lines ? '' : `${ZONES}\n`}`
}

/** A scenario of a project. */
export function egress(lines: Readonly<Record<string, string>>): string {
  const own = Object.entries(lines).map(([key, value]) => `${key}: ${value}\n`)
  return `title: A claim\nrequirement: A claim.\nsource: Somewhere\n${own.join('')}sweeps:\n  - { from: shop, to: internet, protocols: [tcp] }\n`
}

export interface Stranger {
  /** The work tree. */
  readonly tree: string
  /** A folder beside it. */
  readonly outside: string
  readonly write: (name: string, text: string) => void
  readonly link: (target: string, name: string) => void
}

export function stranger(isGit = true): Stranger {
  const base = mkdtempSync(join(tmpdir(), 'nftproof-stranger-'))
  const [tree, outside] = [join(base, 'tree'), join(base, 'outside')]
  const made = { tree, outside, ...writers(tree) }
  mkdirSync(tree)
  if (isGit) execFileSync('git', ['init', '-q', tree])
  made.write('scenarios/rules.nft', RULES)
  made.write('scenarios/policies/paper.yaml', POLICY)
  made.write('scenarios/policies/egress.yaml', readFileSync(EGRESS, 'utf8'))
  made.write('scenarios/projects/shop.yaml', 'shop: { link: shop0, addresses: [10.20.1.10/24] }\n')
  const secret = writers(outside)
  for (const name of ['secret', 'secret.nft', 'secret.conf', 'policies/secret.yaml'])
    secret.write(name, `${CANARY} = ${CANARY} {\n${CANARY}\n`)
  secret.write('secret.yaml', `${CANARY}: ${CANARY}\ntitle: [${CANARY}]\n`)
  secret.write('secret.jsonl', `{"${CANARY}": "${CANARY}"\n${CANARY}\n`)
  secret.write('secret.rules', `*filter\n-A INPUT -j ${CANARY}\nCOMMIT\n`)
  secret.write('secret.json', `{"${CANARY}": ${CANARY}}\n`)
  secret.write('secret.sh', `#!/bin/sh\necho ${CANARY}\nexit 1\n`)
  return made
}

function writers(folder: string): Pick<Stranger, 'write' | 'link'> {
  const made = (name: string): string => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    return join(folder, name)
  }
  return {
    write: (name, text) => writeFileSync(made(name), text),
    link: (target, name) => symlinkSync(target, made(name)),
  }
}
