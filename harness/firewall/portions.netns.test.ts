/** Text that is loaded in several transactions: the same in the kernel as by one, and without root too. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import { divideNft } from '../../src/nft/text/divided.ts'
import { divideSaved } from '../../src/nft/text/divided-saved.ts'
import { inSandbox, SPLIT } from '../../tools/testing/nft.ts'
import { nftTexts, WIDE } from '../../tools/testing/nft-text.ts'
import { type Lab, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import type { Divided } from './portions.ts'

const CASES = 8

function portions(divided: Divided, size: number): string[] {
  const made: string[] = []
  for (let at = 0; at < divided.length; ) {
    const end = divided.endOf(at, size)
    made.push(divided.textOf(at, end))
    at = end
  }
  return made
}

/** Numbers of tables are the kernel's of all that ever were. */
const LIST = `nft -a -s list ruleset | sed 's/^\\(table .*{\\) # handle .*/\\1/'`

/** Loads the text whole, then its portions; both listings must be the same. */
function compare(text: string, size: number): void {
  const parts = portions(divideNft(text)!, size)
  const script = `${SPLIT}
    nft -f /run/part00001; ${LIST} > /run/whole; nft flush ruleset
    rm /run/part00001
    for part in /run/part*; do nft -f "$part" > /dev/null; done
    ${LIST} | diff /run/whole -`
  inSandbox(script, [text, ...parts].join('\f'))
}

test('random rulesets loaded in portions equal those of one transaction, including rule handles', () => {
  for (const text of [WIDE, ...fc.sample(nftTexts, CASES)]) {
    compare(text, 1)
    compare(text, 400)
  }
})

const SAVED = (count: number): string => `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080
-A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:own - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -m limit --limit 5/min -j LOG --log-prefix "*filter COMMIT "
-A INPUT -p tcp -j own
${Array.from({ length: count }, (_, i) => `-A own -s 10.1.${i >> 8}.${i & 255}/32 -p tcp -m multiport --dports 22,80:90 -j ACCEPT\n`).join('')}COMMIT
`

test.each([1, 200])(
  'iptables rules loaded %s characters at a time equal those of one transaction',
  (size) => {
    const saved = SAVED(6)
    const [first, ...more] = portions(divideSaved(saved)!, size)
    const script = `${SPLIT}
    iptables-nft-restore < /run/part00001; ${LIST} > /run/whole; nft flush ruleset
    iptables-nft-restore < /run/part00002; rm /run/part00001 /run/part00002
    for part in /run/part*; do iptables-nft-restore --noflush < "$part"; done
    ${LIST} | diff /run/whole -`
    inSandbox(script, [saved, first!, ...more].join('\f'))
  },
)

const rules = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `\t\tip saddr 10.${i >> 8}.${i & 255}.1 counter accept`)
const elements = (count: number, more = ''): string =>
  Array.from(
    { length: count },
    (_, i) => `\t\t\t10.${i >> 14}.${(i >> 6) & 255}.${(i & 63) * 4}${more},\n`,
  ).join('')
const table = (...body: readonly string[]): string => `table inet t {\n${body.join('\n')}\n}\n`
const chain = (body: readonly string[]): string =>
  `\tchain c {\n\t\ttype filter hook input priority 0; policy drop;\n${body.join('\n')}\n\t}`
const set = (count: number, more = ''): string =>
  `\tset s {\n\t\ttype ipv4_addr${more && '; flags interval'}\n\t\telements = {\n${elements(count, more)}\t\t}\n\t}`

describe('without root', () => {
  let sandbox: Sandbox
  let lab: Lab
  beforeAll(async () => {
    sandbox = new Sandbox({ rootless: true, workers: 1 })
    lab = await sandbox.openLab({ family: 4, zones: [] })
  })
  afterAll(() => sandbox.close())

  const firewall = (text: string, kind: FirewallPart['kind'] = 'nft'): Firewall => ({
    origin: 'r',
    parts: [{ kind, file: 'r.nft', text, stretches: [{ from: 1, file: 'r.nft', line: 1 }] }],
  })
  const installed = async (...given: Parameters<typeof firewall>): Promise<string> => {
    await lab.install(firewall(...given))
    return (await lab.inspect()).listing
  }
  const refused = async (...given: Parameters<typeof firewall>): Promise<Error> =>
    lab.install(firewall(...given)).then(
      () => new Error('it was loaded'),
      (error: Error) => error,
    )

  test('20,000 rules, in their order', async () => {
    const all = rules(20_000)
    const listing = await installed(table(chain(all)))
    const listed = [...listing.matchAll(/ip saddr (\S+) counter/g)].map(([, address]) => address)
    expect(listed).toEqual(all.map((text) => /10\.\S+/.exec(text)![0]))
  })

  test.each([
    ['100,000 addresses', '', 100_000],
    ['30,000 ranges', '/31', 30_000],
  ])('%s', async (_, more, count) => {
    const listing = await installed(table(set(count, more), chain(['\t\tip saddr @s drop'])))
    expect(listing.match(/10\.\d+\.\d+\.\d+/g)).toHaveLength(count)
  })

  test('5,000 rules of iptables', async () => {
    const listing = await installed(SAVED(5000), 'iptables')
    const listed = [...listing.matchAll(/ip saddr (10\.1\.\S+)/g)].map(([, address]) => address)
    expect(listed).toEqual(Array.from({ length: 5000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`))
    const wrong = SAVED(3000).replace('10.1.8.8/32', '10.1.8.8/32 --nonsense')
    expect((await refused(wrong, 'iptables')).message).toMatch(/r\.nft:2070/)
    const twice = await refused(`${SAVED(3000)}${SAVED(3000)}`, 'iptables')
    expect(twice.message).toMatch(
      /iptables-restore cannot load r\.nft here: .*Message too long[\s\S]*run as root/,
    )
  })

  test('a list in a define', async () => {
    const text = `define listed = {\n${elements(30_000)}}\n${table('\tset s { type ipv4_addr; elements = $listed; }')}`
    expect((await installed(text)).match(/10\.\d+\.\d+\.\d+/g)).toHaveLength(30_000)
  })

  test('an error from the kernel has its line and column, and nothing is measured', async () => {
    const all = rules(3000)
    all[2500] = '\t\taccept; jump nowhere'
    const error = await refused(table(chain(all)))
    expect(error).toBeInstanceOf(InputError)
    expect(error.message).toMatch(/^nft refuses r\.nft:\nr\.nft:2504:16-22: Error: .*No such file/)
    await expect(lab.inspect()).rejects.toThrow('was not loaded completely')
    const spec = { from: 'a', to: 'b', source: '10.0.0.1', target: '10.0.0.2' }
    const sweep = { ...spec, protocol: 'tcp', numbers: [], answer: 'reply' } as const
    await expect(lab.sweep(sweep)).rejects.toThrow('was not loaded completely')
    expect(await installed(table(chain(['\t\taccept'])))).toContain('accept')
  })

  test('a syntax error is reported as usual', async () => {
    const all = rules(3000)
    all[2500] = '\t\ttcp dprot 22 accept'
    expect((await refused(table(chain(all)))).message).toMatch(/r\.nft:2504:\d+-\d+: Error: syntax/)
  })

  test('text that cannot be divided is reported with its line and a remedy', async () => {
    const text = table(chain(['\t\taccept', `\t\tip saddr {\n${elements(30_000)}\t\t} drop`]))
    const error = await refused(text)
    expect(error).toBeInstanceOf(EnvironmentError)
    expect(error.message).toMatch(/r\.nft:5:1: Error: too large: .*named/)
    expect(error.message).toMatch(/run as root/)
  })
})
