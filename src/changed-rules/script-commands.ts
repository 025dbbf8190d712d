/** Commands of a script whose effect is not in the compared state: settings of the lab, modules, offloads. */
import { type FirewallPart, type SourceLine, sourceLineOf } from '../firewall/firewall.ts'
import { contextOf, fileRead, linesOf, type ScriptLine } from './script-lines.ts'

export interface Command {
  /** Equal for commands that do the same. */
  readonly key: string
  readonly text: string
  readonly at: SourceLine
}

/** A line that is longer, as written or with its values, is not taken apart: it counts as a command. */
const LONGEST = 10_000

export const SILENT = /log_martians|nf_log|log_invalid/

export function commandsOf(part: FirewallPart): Command[] {
  const values = new Map<string, string>()
  const lines = linesOf(part)
  return lines.flatMap((one) => {
    const key = one.text.startsWith('#') ? undefined : keyOf(one, lines, values)
    return key === undefined ? [] : [{ key, text: one.text, at: sourceLineOf(part, one.line) }]
  })
}

/** Undefined if its effect is compared, or if it has none. */
function keyOf(
  one: ScriptLine,
  lines: readonly ScriptLine[],
  values: Map<string, string>,
): string | undefined {
  const { text } = one
  // A line of values of values can be of any length.
  const full = text.length > LONGEST ? undefined : withValues(text, values)
  if (full === undefined) return text
  for (const [, name = '', value = ''] of full.matchAll(ASSIGNED))
    values.set(name, value.replaceAll(/["']/g, '').replace(WHERE, '$1'))
  if (SILENT.test(full)) return undefined
  const own = settingIn(full) ?? timeoutIn(full) ?? (isOther(full) ? full : undefined)
  return own !== undefined && OPEN.test(full) ? `${own}\n${contextOf(one, lines)}` : own
}

/** An argument, or a variable whose value is not known. */
const OPEN = /\$(?:[\w@*#]|\{[\w@*#])/

/** `NAME=value`, `NAME="some values"`, `NAME=$(command -v value)`, and the list of a loop. */
const ASSIGNED =
  /(?:^|[\s;&|(]|\bfor\s+)([A-Za-z_]\w*)(?:=|\s+in\s+)("[^"]*"|'[^']*'|\$\([^)]*\)|(?<=\bin\s+)[^;]+|[^\s;&|)]+)/g

/** The path of a program is a name of it. */
const WHERE = /^\$\((?:command -v|which|type -p)\s+(\S+)\)$/

/** Undefined if it becomes too long. */
function withValues(text: string, values: ReadonlyMap<string, string>): string | undefined {
  let { length } = text
  const full = text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, plain) => {
    const value = values.get(braced ?? plain) ?? all
    length += value.length - all.length
    return length > LONGEST ? '' : value
  })
  return length > LONGEST ? undefined : full
}

const isOther = (text: string): boolean =>
  OTHERS.test(text) || AMBIGUOUS.test(text) || fileRead(text) !== undefined || isEvaluated(text)

/** What builds rules is compared by the rules. */
const isEvaluated = (text: string): boolean =>
  /(?:^|[\s;&|({])eval\s/.test(text) && !/\b(?:ip6?tables|nft|ipset)\b/.test(text)

/** Nothing else has these names. */
const OTHERS =
  /(?<![\w.-])(?:modprobe|insmod|rmmod|ethtool|bpftool|brctl|setkey|swanctl|ipvsadm)(?![\w.-])|\bip\b[^;&|]*\sx(?:frm)?\s/
/** Only where a command may begin: `-m conntrack` is a match of a rule, `type bridge` is a link. */
const AMBIGUOUS =
  /(?:^|&&|\|\|?|[;(`{!]|\b(?:then|do|else|if|while|exec|eval|sudo|command|nice|nohup|xargs)\s)\s*["']?(?:\w+=\S*\s+)*(?:\/\S*\/)?(?:conntrack|bridge|tc|wg|wg-quick|nfct|nfacct|systemctl|service)(?![\w.-])/

/** The remaining time of an element is no part of the compared state, because it changes. */
function timeoutIn(text: string): string | undefined {
  const [, set, element, seconds] =
    /(?:^|\bipset\b.*?\s)(?:add|-A|--add)\s+(?:-exist\s+|-!\s+)?(\S+)\s+(\S+).*?\stimeout\s+(\S+)/.exec(
      text,
    ) ?? []
  return seconds === undefined ? undefined : `ipset add ${set} ${element} timeout ${seconds}`
}

/**
 * `sysctl -w net.ipv4.ip_forward=1` and `echo 1 > /proc/sys/net/ipv4/ip_forward` are the same
 * setting.
 */
function settingIn(text: string): string | undefined {
  const [, name, value] = /\bsysctl\b.*?\b([\w./-]+)\s*=\s*"?([^"\s;]+)/.exec(text) ?? []
  if (name && value) return `${name.replaceAll('/', '.')}=${value}`
  const [, written, path] =
    /\b(?:echo|printf)\s+"?([^"\s>]+)"?\s*>\s*\/proc\/sys\/(\S+)/.exec(text) ?? []
  if (written && path) return `${path.replaceAll('/', '.')}=${written}`
  return /\bsysctl\b|\/proc\/sys\//.test(text) ? text : undefined
}
