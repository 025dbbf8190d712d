/**
 * Detects the kind of a file by its content, so that a ruleset given as a scenario is reported as a
 * ruleset and not as a scenario with a syntax error.
 */

import { detectKind } from '../firewall/kinds/detect-kind.ts'
import type { FirewallKind } from '../firewall/kinds/kind.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import { parseYaml } from '../input/document.ts'

/** Files of nftproof, and files of other programs that are no firewalls. */
export type DocumentKind =
  | 'scenario'
  | 'policy'
  | 'zone-policy'
  | 'platform'
  | 'projects'
  | 'request'
  | 'lab'
  | 'declared-change'
  | 'container'
  | 'dockerfile'
  | 'compose'
  | 'nft-json'
  | 'result'
  | 'comparison'
  | 'matrix'
  | 'review'
  | 'explanation'
  | 'junit'

/** `firewall:nft`: by the name of a registered kind. */
export type FirewallFile = `firewall:${string}`

export type FileKind =
  | DocumentKind
  | FirewallFile
  | 'empty'
  /** Without a clear sign. The reader of the expected kind reports the errors. */
  | 'unknown'

export const firewallFile = ({ name }: Pick<FirewallKind, 'name'>): FirewallFile =>
  `firewall:${name}`

/** Undefined for a file that is no firewall. */
export const firewallIn = (kind: FileKind): FirewallKind | undefined =>
  kind.startsWith('firewall:') ? kindNamed(kind.slice('firewall:'.length)) : undefined

/** `name` counts only if the text has no sign. */
export function fileKind(text: string, name: string): FileKind {
  if (text.trim() === '') return 'empty'
  if (text.includes('\0')) return 'unknown'
  if (/^\s*<\?xml\b/.test(text) && /<testsuites?\b/.test(text)) return 'junit'
  return kindOfJson(text) ?? kindOfText(text, name)
}

/** Undefined where it is no JSON. */
function kindOfJson(text: string): FileKind | undefined {
  if (!/^[\s\uFEFF]*[{[]/.test(text)) return undefined
  const known = FORMATS[/^\s*\{\s*"format":\s*"([\w-]+)"/.exec(text)?.[1] ?? '']
  if (known) return known
  const json = parsed(text)
  return json === undefined ? undefined : kindOfValue(json)
}

function kindOfText(text: string, name: string): FileKind {
  const firewall = detectKind(text, '', ['interpreter', 'text'])
  if (firewall) return firewallFile(firewall)
  if (DOCKERFILE.test(text)) return 'dockerfile'
  const yaml = parseYaml(text, name)
  const kind = yaml.ok ? kindOfValue(yaml.document.value) : 'unknown'
  if (kind !== 'unknown' || /\.(?:ya?ml|json)$/.test(name)) return kind
  const named = detectKind('', name, ['name'])
  return named ? firewallFile(named) : 'unknown'
}

/** The first instruction of one, behind comments and arguments (Dockerfile reference, "FROM"). */
const DOCKERFILE = /^(?:\s*(?:#.*|ARG\s.*)?\n)*FROM\s+\S+/

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

const FORMATS: Readonly<Partial<Record<string, FileKind>>> = {
  __proto__: null as never,
  'nftproof-result': 'result',
  'nftproof-diff': 'comparison',
  'nftproof-matrix': 'matrix',
  'nftproof-explain': 'explanation',
  'nftproof-review': 'review',
}

/** The kind of a parsed YAML or JSON document. */
export function kindOfValue(value: unknown): FileKind {
  if (typeof value !== 'object' || value === null) return 'unknown'
  if (Array.isArray(value)) return 'unknown'
  const { format } = value as { format?: unknown }
  if (typeof format === 'string' && FORMATS[format]) return FORMATS[format]
  if (Array.isArray((value as { nftables?: unknown }).nftables)) return 'nft-json'
  const signs = SIGNS.find(({ isIn }) =>
    isIn((...keys) => keys.some((key) => Object.hasOwn(value, key))),
  )
  return signs?.kind ?? (isProjects(value) ? 'projects' : 'unknown')
}

/** Whether a map has one of the keys. */
type Has = (...keys: readonly string[]) => boolean

/** Keys that only egress policies have. */
const POLICY_PARTS = ['direction', 'blocked', 'tcp', 'udp', 'icmp', 'protocols', 'inbound']

/** The first that holds. */
const SIGNS: readonly { readonly kind: FileKind; isIn(has: Has): boolean }[] = [
  // An egress policy says what the firewall itself may do; a scenario says which firewall it is about.
  { kind: 'policy', isIn: (has) => has('firewall') && has(...POLICY_PARTS) },
  { kind: 'scenario', isIn: (has) => has('requirement', 'sweeps', 'firewall') },
  { kind: 'zone-policy', isIn: (has) => has('statements') },
  { kind: 'policy', isIn: (has) => has('direction') },
  { kind: 'request', isIn: (has) => has('useCase') || (has('request') && has('project')) },
  { kind: 'declared-change', isIn: (has) => has('changes') },
  // Of a scenario with mistakes its reader tells more.
  { kind: 'unknown', isIn: (has) => has('title', 'source') },
  { kind: 'container', isIn: (has) => has('image', 'dockerfile', 'compose') },
  { kind: 'compose', isIn: (has) => has('services') },
  { kind: 'platform', isIn: (has) => has('projects') || (has('policy') && has('lab')) },
  { kind: 'lab', isIn: (has) => has('zones') && !has('policy') },
]

/** Every project has a link. */
function isProjects(value: object): boolean {
  const all = Object.values(value)
  return (
    all.length > 0 &&
    all.every((one) => typeof one === 'object' && one !== null && Object.hasOwn(one, 'link'))
  )
}
