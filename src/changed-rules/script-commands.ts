/** Commands of a script whose effect is not in the compared state: settings of the lab, modules, offloads. */
import { type FirewallPart, type SourceLine, sourceLineOf } from '../firewall/firewall.ts'

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
  return joined(part.text).flatMap(({ text, line }) => {
    if (text.startsWith('#')) return []
    // A line of values of values can be of any length.
    const full = text.length > LONGEST ? undefined : withValues(text, values)
    if (full === undefined) return [{ key: text, text, at: sourceLineOf(part, line) }]
    for (const [, name = '', value = ''] of full.matchAll(ASSIGNED))
      values.set(name, value.replaceAll(/["']/g, '').replace(WHERE, '$1'))
    if (SILENT.test(full)) return []
    const key = settingIn(full) ?? timeoutIn(full) ?? (isOther(full) ? full : undefined)
    return key === undefined ? [] : [{ key, text, at: sourceLineOf(part, line) }]
  })
}

/** Lines with the lines that continue them. */
function joined(script: string): { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = []
  let open = false
  for (const [i, own] of script.split('\n').entries()) {
    const text = own.trim()
    const last = found.at(-1)
    if (open && last) last.text = `${last.text.slice(0, -1).trimEnd()} ${text}`
    else found.push({ text, line: i + 1 })
    open = text.endsWith('\\') && !text.startsWith('#')
  }
  return found
}

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

const isOther = (text: string): boolean => OTHERS.test(text) || AMBIGUOUS.test(text)

/** Nothing else has these names. */
const OTHERS =
  /(?<![\w.-])(?:modprobe|insmod|rmmod|ethtool|bpftool|brctl|setkey|swanctl|ipvsadm)(?![\w.-])|\bip\b[^;&|]*\sx(?:frm)?\s/
/** Only where a command may begin: `-m conntrack` is a match of a rule, `type bridge` is a link. */
const AMBIGUOUS =
  /(?:^|&&|\|\|?|[;(`{!]|\b(?:then|do|else|if|while|exec|eval|sudo|command|nice|nohup|xargs)\s)\s*["']?(?:\w+=\S*\s+)*(?:\/\S*\/)?(?:conntrack|bridge)(?![\w.-])/

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
