/** Reports a file of another kind than the command expects: its kind, and its uses. */

import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { shellPath, shellWord } from '../../src/quote/shell.ts'
import {
  type DocumentKind,
  type FileKind,
  fileKind,
  firewallIn,
} from '../../src/target/file-kind.ts'
import { roleOf, type TargetPart, targetParts } from '../../src/target/target-text.ts'
import { InputError } from '../system/errors.ts'
import { OutsideRoot } from '../system/file-root.ts'
import { shown } from '../system/text-file.ts'

type Use = readonly [how: string, what: string]

interface Kind {
  /** `an nftables ruleset`. */
  readonly name: string
  /** Commands or lines of another file, each with its effect. */
  readonly uses: (file: string) => readonly Use[]
}

const firewallUses = (file: string): Use[] => [
  [`nftproof diff OLD ${file}`, 'compare it with OLD'],
  [`nftproof explain ${file} FROM TO tcp/443`, 'list every rule that one packet passes'],
  [`nftproof run ID --ruleset ${file}`, "test it instead of a scenario's own firewall"],
  [`firewall: ${file}`, 'in a scenario, with the policy that it must implement'],
]

const KINDS: Readonly<Record<DocumentKind, Kind>> = {
  scenario: { name: 'a scenario', uses: (file) => [[`nftproof run ${file}`, 'run it']] },
  policy: {
    name: 'a policy for egress',
    uses: (file) => [
      [`nftproof policy show ${file}`, 'print its open and blocked ports'],
      [`nftproof compile ${file}`, 'print its ruleset'],
      [`policy: ${file}`, 'in a scenario'],
    ],
  },
  'zone-policy': {
    name: 'a policy for zones',
    uses: (file) => [
      [`nftproof policy show ${file}`, 'print it as a table'],
      [`nftproof compile ${file} --lab LAB > rules.nft`, 'print its ruleset, for the zones of LAB'],
      [`policy: ${file}`, 'in a scenario, with the firewall under test'],
    ],
  },
  platform: {
    name: 'a platform',
    uses: (file) => [
      [`nftproof compile ${file}`, 'print its ruleset'],
      [`nftproof request list --platform ${file}`, 'print its requests'],
      [`platform: ${file}`, 'in a scenario'],
    ],
  },
  projects: {
    name: 'a list of projects',
    uses: (file) => [[`projects: ${file}`, 'in a platform or a scenario']],
  },
  request: {
    name: 'a modification request',
    uses: (file) => [
      [`nftproof request review ${file}`, 'print the ports that it opens, with the risks'],
    ],
  },
  lab: {
    name: 'a lab file',
    uses: (file) => [
      [`nftproof lab check ${file}`, 'print its errors'],
      [`nftproof diff OLD NEW --lab ${file}`, 'compare two firewalls in this lab'],
      [`lab: ${file}`, 'in a scenario about a firewall'],
    ],
  },
  'declared-change': {
    name: 'a declared change',
    uses: (file) => [[`nftproof diff OLD NEW --expect ${file}`, 'exit 0 if exactly this changes']],
  },
  container: {
    name: 'a container file',
    uses: (file) => [
      [`nftproof run ID --target container:${file}`, 'test the firewall of the container'],
      [`nftproof diff OLD container:${file}`, 'compare it with OLD'],
    ],
  },
  dockerfile: {
    name: 'a Dockerfile',
    uses: (file) => [
      [`nftproof run ID --target dockerfile:${file} --load`, 'test a ruleset in its image'],
      [`nftproof diff OLD dockerfile:${file},NEW`, 'compare OLD with NEW, loaded in its image'],
    ],
  },
  compose: {
    name: 'a compose file',
    uses: (file) => [
      [`nftproof run ID --target compose:${file}#SERVICE --load`, 'test a ruleset in a service'],
      [
        `nftproof diff OLD compose:${file}#SERVICE,NEW`,
        'compare OLD with NEW, loaded in a service',
      ],
    ],
  },
  'nft-json': {
    name: 'the JSON output of nft',
    uses: () => [['nft list ruleset > rules.nft', 'the same as text, which nftproof reads']],
  },
  result: {
    name: 'the result of a run',
    uses: (file) => [
      [`nftproof show ${file}`, 'print it again'],
      [`nftproof matrix --target here --target result:${file}`, 'compare it with this machine'],
    ],
  },
  comparison: {
    name: 'the result of nftproof diff',
    uses: () => [['nftproof diff OLD NEW', 'compare again']],
  },
  matrix: {
    name: 'the result of nftproof matrix',
    uses: () => [['nftproof matrix --target TARGET --target TARGET', 'compare again']],
  },
  review: {
    name: 'the result of nftproof request review',
    uses: () => [['nftproof request review FILE', 'review again']],
  },
  explanation: {
    name: 'the result of nftproof explain',
    uses: () => [['nftproof explain FIREWALL FROM TO PACKET', 'explain again']],
  },
  junit: {
    name: 'a JUnit report',
    uses: () => [['nftproof show RESULT', 'print the result of a run']],
  },
}

/** Undefined for a file without a clear sign, whose reader reports the errors. */
export function wordsFor(kind: FileKind): Kind | undefined {
  if (kind === 'unknown' || kind === 'empty') return undefined
  const firewall = firewallIn(kind)
  return firewall ? { name: firewall.title, uses: firewallUses } : KINDS[kind as DocumentKind]
}

/** Throws InputError if the file is clearly of another kind than `wanted`. */
export function refuseOther(file: string, wanted: readonly FileKind[], text = headOf(file)): void {
  const kind = text === undefined ? 'unknown' : fileKind(text, file)
  const other = wanted.includes(kind) ? undefined : wordsFor(kind)
  if (other) throw new InputError(`${shown(file)}: ${otherWords(other, file, wanted)}`)
}

function otherWords({ name, uses }: Kind, file: string, wanted: readonly FileKind[]): string {
  const expected = wanted.length === 0 ? '' : `, not ${wantedWords(wanted)}`
  return `this is ${name}${expected}: ${usesWords(uses(shellPath(shown(file))))}`
}

/** Named after the first kind. Rulesets of all kinds are firewalls. */
function wantedWords([first = 'unknown']: readonly FileKind[]): string {
  if (firewallIn(first)) return 'a ruleset'
  if (first === 'policy') return 'a policy'
  return wordsFor(first)?.name ?? 'a file of this kind'
}

function usesWords(uses: readonly Use[]): string {
  const width = Math.max(...uses.map(([how]) => how.length))
  const lines = uses.map(([how, what]) => `\n  ${how.padEnd(width)}  ${what}`)
  return `use it like this:${lines.join('')}`
}

/**
 * Runs `work`. If its input is refused because the file is of another kind, the error names that
 * kind.
 */
export function orOther<T>(file: string, wanted: readonly FileKind[], work: () => T): T {
  try {
    return work()
  } catch (error) {
    // For a file that must not be read, not even its kind is reported.
    if (error instanceof InputError && !(error instanceof OutsideRoot)) refuseOther(file, wanted)
    throw error
  }
}

const HEAD_BYTES = 1 << 20

/** The beginning of a regular file. Undefined if it cannot be read; its reader reports why. */
function headOf(file: string): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!fstatSync(fd).isFile()) return undefined
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.toString('utf8', 0, readSync(fd, buffer))
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** What to do with a target in place of a scenario: `netns:r1`, `script:setup.sh`, `a.nft,b.nft`. */
export function firewallWords(argument: string): string | undefined {
  const parts = targetParts(argument, existsSync)
  const [first] = parts as [TargetPart]
  const words = `${argument}: this is a target, not a scenario:`
  if (first.isExplicit && roleOf(first) !== 'files')
    return `${words} test it with nftproof run ID --target ${shellWord(argument)}`
  const isFirewall = parts.some(({ isExplicit, value }) => isExplicit || existsSync(value))
  if (!isFirewall) return undefined
  return `${words} ${usesWords(firewallUses(shellPath(argument)))}`
}
