/**
 * Which names a link of a lab can have. nft takes any text for an interface name;
 * the kernel, its settings and ip(8), which makes the links, do not. This is the
 * one place that decides, wherever a name comes from.
 */

const IFNAMSIZ = 16 // linux/if.h, with the final zero

/** As a JSON Schema has it; the length in bytes and the words are told by `linkNameProblem`. */
export const LINK_PATTERN =
  '^(?!(?:\\.{1,2}|lo|all|default)$)(?!-)(?!.*\\*$)[^\\s\\u0000-\\u001f\\u007f/:%#"\'\\\\]+$'

/** Why no interface can be called that; undefined where one can. */
export function linkNameProblem(name: string): string | undefined {
  const bytes = new TextEncoder().encode(name)
  if (name === '') return 'an interface must have a name'
  if (bytes.length >= IFNAMSIZ)
    return `is longer than ${IFNAMSIZ - 1} bytes, which is the most that an interface name has`
  return RESERVED[name] ?? spelling(name, bytes)
}

const RESERVED: Readonly<Record<string, string>> = {
  __proto__: null as never,
  lo: 'is the loopback interface, which every firewall has already, so it must not be "lo"',
  // devinet_sysctl_register, net/ipv4/devinet.c: no interface may be called so.
  all: 'is not an interface: Linux keeps the name for the settings of all interfaces (net.ipv4.conf.all)',
  default:
    'is not an interface: Linux keeps the name for the settings of new interfaces (net.ipv4.conf.default)',
  '.': 'is a folder, which Linux takes for no interface name',
  '..': 'is a folder, which Linux takes for no interface name',
}

function spelling(name: string, bytes: Uint8Array): string | undefined {
  // dev_valid_name, net/core/dev.c; isspace() there also takes the byte 0xA0.
  if (/[\s/:]/.test(name)) return 'must have no blank, "/" or ":"'
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(name)) return 'must have no control characters'
  // What programs print of a name is decoded; other names would be decoded to the same.
  if (name.includes('\ufffd')) return 'must have no bytes that are no UTF-8'
  if (bytes.includes(0xa0))
    return 'has a character with a byte that Linux reads as a blank: choose another name'
  // dev_alloc_name: "%d" becomes a number, and any other "%" is refused.
  if (name.includes('%')) return 'must have no "%": Linux puts a number of its own there'
  const quoted = /[#"'\\]/.exec(name)?.[0]
  if (quoted !== undefined)
    return `must have no ${JSON.stringify(quoted)}: ip(8), which makes the links, reads it as something else`
  if (name.endsWith('*')) return 'must not end with "*": nft takes it for any name that begins so'
  if (name.startsWith('-')) return 'must not begin with "-": programs take it for an option'
  return undefined
}

/** The port that a lab makes for a bridge; the interface that rules name is the bridge itself. */
export function portOf(bridge: string): string {
  return `p-${bridge}`.slice(0, IFNAMSIZ - 1)
}
