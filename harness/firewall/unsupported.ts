/** Whether nft refused a correct text because this kernel or this nft lacks a feature. */
import { release } from 'node:os'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Position } from './nft.ts'

/** Expressions that kernels may lack: CONFIG_NFT_* of net/netfilter/Kconfig. */
const OPTIONAL =
  /^(?:queue|tproxy|synproxy|socket|osf|fib|xfrm|ipsec|flow|dup|fwd|redirect|masquerade|dnat|snat|reject|log|numgen|jhash|symhash|secmark|tunnel|exthdr|rt|limit|quota|counter|ct|last|meter|notrack|cgroupv2)$/

/** Stateful objects: the last word before an object's name. */
const OBJECT =
  /\b(secmark|synproxy|tunnel|limit|quota|counter|ct (?:helper|timeout|expectation))\s+"?$/

/**
 * Keywords that came after Debian 12's nft, and the first release with them (nftables' release
 * notes).
 */
const NEWER: readonly (readonly [RegExp, string])[] = [
  [/^\s*destroy\b/m, '1.0.7'],
  [/\blast\s+used\b|\blast\b\s*$/m, '1.0.6'],
  [/\bvxlan\s+(?:ip|ip6|tcp|udp)\b|\bgeneve\b|\bgretap\b/, '1.0.7'],
  [/\bcounters?\s+reset\b|\breset\s+(?:rules|elements?|sets?)\b/, '1.0.8'],
  [/\bsctp\s+chunk\b/, '0.9.9'],
  [/\btproxy\b.*\bmeta\s+broute\b/, '1.0.7'],
]

/** A sentence that names the missing feature. Undefined if the error seems to be in the text. */
export function unsupported(
  message: string,
  text: string,
  position: Position | undefined,
): string | undefined {
  if (/Operation not supported/.test(message))
    return `This kernel does not support it (${kernel()}).`
  const line = position ? (text.split('\n')[position.line - 1] ?? '') : ''
  if (/Could not process rule: No such file or directory/.test(message) && position) {
    const before = line.slice(0, position.column - 1)
    // For the definition of an object, nft points at the name.
    const word =
      OBJECT.exec(before)?.[1] ?? /^[\w-]+/.exec(line.slice(position.column - 1))?.[0] ?? ''
    if (OBJECT.test(before) || OPTIONAL.test(word) || /\bflowtable\b/.test(line))
      return `This kernel does not have ${/\bflowtable\b/.test(line) ? 'flow tables' : `"${word}"`} (${kernel()}).`
  }
  if (!/syntax error/.test(message)) return undefined
  const version = nftVersion()
  const newer = NEWER.find(([words, since]) => words.test(line) && isBefore(version, since))
  return newer && `It needs nft ${newer[1]} or later, and this is ${version}.`
}

function isBefore(version: string, since: string): boolean {
  const [a, b] = [version, since].map((text) => text.split('.').map(Number))
  for (const [i, part] of b!.entries()) if ((a![i] ?? 0) !== part) return (a![i] ?? 0) < part
  return false
}

const kernel = (): string => release()

function nftVersion(): string {
  const { stdout } = runProgramSync(findProgram('nft'), ['--version'])
  return /v(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? '0'
}
