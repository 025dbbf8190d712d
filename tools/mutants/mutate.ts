/** Small changes to a ruleset's text, one at a time: each is a mistake that somebody could make. */

export interface Mutant {
  readonly name: string
  readonly text: string
}

export function mutantsOf(ruleset: string): Mutant[] {
  const lines = ruleset.split('\n')
  return lines.flatMap((line, i) =>
    changesOf(line).map(({ what, to }) => ({
      name: `line ${i + 1}, ${what}: ${line.trim().slice(0, 90)}`,
      text: [...lines.slice(0, i), ...(to === undefined ? [] : [to]), ...lines.slice(i + 1)].join(
        '\n',
      ),
    })),
  )
}

interface Change {
  readonly what: string
  /** Absent: the line is left out. */
  readonly to?: string
}

function changesOf(line: string): Change[] {
  const rule = /\bcounter\b/.test(line)
  const elements = /^\t\t\t[\d"]/.test(line)
  return [
    ...(rule ? [{ what: 'left out' }, ...flips(line), ...numberChanges(line, NUMBERS)] : []),
    ...(elements ? elementChanges(line) : []),
    ...(line.includes('policy accept')
      ? [{ what: 'policy drop', to: line.replace('policy accept', 'policy drop') }]
      : []),
    ...(line.includes('hook forward')
      ? [{ what: 'wrong hook', to: line.replace('hook forward', 'hook input') }]
      : []),
  ]
}

function flips(line: string): Change[] {
  const swap = (from: string, to: string, what: string): Change[] =>
    line.includes(from) ? [{ what, to: line.replace(from, to) }] : []
  return [
    ...swap('counter accept', 'counter drop', 'accept → drop'),
    ...swap('counter drop', 'counter accept', 'drop → accept'),
    ...swap('counter drop', 'counter reject', 'drop → reject'),
    ...swap('established,related', 'established', 'without related'),
    ...swap('established,related', 'related', 'without established'),
    ...swap('iifname @', 'oifname @', 'iifname → oifname'),
    ...swap('oifname @', 'iifname @', 'oifname → iifname'),
    ...swap('nfproto ipv4', 'nfproto ipv6', 'ipv4 → ipv6'),
    ...swap('nfproto ipv6', 'nfproto ipv4', 'ipv6 → ipv4'),
    ...swap('tcp : goto tcp_egress', 'tcp : goto udp_egress', 'tcp → udp'),
    ...swap('udp : goto udp_egress', 'udp : goto tcp_egress', 'udp → tcp'),
    ...swap('icmp : goto icmp_egress, ', '', 'without icmp'),
  ]
}

/** What a rule compares with: `dport { 22, 53 }`, `type 3`. */
const NUMBERS = /(?<=\b(?:dport|sport|type) (?:!= )?)(?:\{ [\d, -]+ \}|[\d-]+)/

const elementChanges = (line: string): Change[] => numberChanges(line, /^[^"]+$/)

/** Every number of the part one up and one down, where it stays a port. */
function numberChanges(line: string, part: RegExp): Change[] {
  const found = part.exec(line)
  if (!found) return []
  const end = found.index + found[0].length
  return [...found[0].matchAll(/\d+/g)].flatMap((match) =>
    [1, -1].flatMap((step) => {
      const number = Number(match[0]) + step
      if (number < 0 || number > 65535) return []
      const at = found.index + match.index
      const to =
        line.slice(0, at) + number + line.slice(at + match[0].length, end) + line.slice(end)
      return [{ what: `${match[0]} → ${number}`, to }]
    }),
  )
}
