/**
 * Valid names for the links of a lab. nft accepts any text as an interface name. The kernel, its
 * sysctls and ip(8), which creates the links, do not. All names are checked here.
 */

const IFNAMSIZ = 16 // linux/if.h, with the final zero

/**
 * As a regular expression for the JSON Schema. `linkNameProblem` checks the length in bytes and
 * gives the message.
 */
export const LINK_PATTERN =
  '^(?!(?:\\.{1,2}|lo|all|default)$)(?!-)(?!.*\\*$)[^\\s\\u0000-\\u001f\\u007f/:%#"\'\\\\]+$'

/** Why no interface can have this name. Undefined for a valid name. */
export function linkNameProblem(name: string): string | undefined {
  const bytes = new TextEncoder().encode(name)
  if (name === '') return 'an interface must have a name'
  if (bytes.length >= IFNAMSIZ)
    return `is longer than ${IFNAMSIZ - 1} bytes, the maximum for an interface name`
  return RESERVED[name] ?? impossible(name, bytes) ?? unusable(name)
}

/** What to do about a name with such a problem, where a user chooses it for a lab. */
export function linkNameRemedy(name: string): string {
  return isOnlyUnusable(name)
    ? 'choose another name, and use it in a copy of the ruleset too'
    : 'use the name that "ip link" shows on the firewall'
}

/** Linux accepts the name, but no lab can have such a link. */
export function isOnlyUnusable(name: string): boolean {
  const bytes = new TextEncoder().encode(name)
  const fits = name !== '' && bytes.length < IFNAMSIZ && RESERVED[name] === undefined
  return fits && impossible(name, bytes) === undefined && unusable(name) !== undefined
}

const RESERVED: Readonly<Record<string, string>> = {
  __proto__: null as never,
  lo: 'is the loopback interface, which every firewall has',
  // devinet_sysctl_register, net/ipv4/devinet.c: no interface may have this name.
  all: 'is not an interface: Linux reserves the name for the settings of all interfaces (net.ipv4.conf.all)',
  default:
    'is not an interface: Linux reserves the name for the settings of new interfaces (net.ipv4.conf.default)',
  '.': 'is a folder, which Linux does not accept as an interface name',
  '..': 'is a folder, which Linux does not accept as an interface name',
}

/** What Linux refuses. */
function impossible(name: string, bytes: Uint8Array): string | undefined {
  // dev_valid_name, net/core/dev.c; isspace() there also takes the byte 0xA0.
  if (/[\s/:]/.test(name)) return 'must have no blank, "/" or ":"'
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(name)) return 'must have no control characters'
  // The output of programs is decoded as UTF-8. Two invalid names would become the same text.
  if (name.includes('\ufffd')) return 'must be valid UTF-8'
  if (bytes.includes(0xa0))
    return 'has a character with a byte that Linux reads as a blank: choose another name'
  // dev_alloc_name: "%d" becomes a number, and any other "%" is refused.
  if (name.includes('%')) return 'must have no "%": Linux replaces it with a number'
  return undefined
}

/** What Linux accepts, and the programs that make labs do not. */
function unusable(name: string): string | undefined {
  const quoted = /[#"'\\]/.exec(name)?.[0]
  if (quoted !== undefined)
    return `must have no ${JSON.stringify(quoted)}: ip(8), which creates the links, does not read it as a name`
  if (name.endsWith('*')) return 'must not end with "*": nft reads it as a wildcard'
  if (name.startsWith('-')) return 'must not begin with "-": programs read it as an option'
  return undefined
}

/** The port that a lab creates for a bridge. Rules name the bridge itself. */
export function portOf(bridge: string): string {
  return `p-${bridge}`.slice(0, IFNAMSIZ - 1)
}
