/** The words of a rule, by which it is recognised in another text. */

/** Of a rule as nft writes it, without what nft leaves out when it lists the rule. */
export const ruleWords = (text: string): ReadonlySet<string> => {
  const words = text
    .replaceAll(/\bcounter packets \d+ bytes \d+\b/g, '')
    .replaceAll(USUAL_REJECT, '')
    .match(/[\w.:/*+-]+/g)
  return new Set(words?.map(plain) ?? [])
}

/** A `reject` that nft lists without its type. */
const USUAL_REJECT = /(?<=\breject )with icmp(?:x|v6)?(?: type)? port-unreachable\b/g

/** The name as nft lists it, for any name in the file. */
function plain(word: string): string {
  return NAMES[word] ?? word
}

/**
 * Services that rules often name, and that nft lists as numbers. Protocols, which nft lists by the
 * name of /etc/protocols, or as numbers without that file.
 */
const NAMES: Readonly<Record<string, string>> = {
  ssh: '22',
  http: '80',
  https: '443',
  domain: '53',
  smtp: '25',
  ntp: '123',
  icmp: '1',
  tcp: '6',
  udp: '17',
  icmpv6: '58',
  'ipv6-icmp': '58',
}
