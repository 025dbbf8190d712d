/** Text that is loaded in several transactions: the same in the kernel as by one, and without root too. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { piecesOf } from '../../src/nft-text/pieces.ts'
import { endOfPortion, portionOf } from '../../src/nft-text/portion.ts'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { type Lab, Sandbox } from '../sandbox/sandbox.ts'
import { inSandbox, SPLIT } from '../testing/nft.ts'
import { nftTexts } from '../testing/nft-text.ts'

const CASES = 8

function portions(text: string, size: number): string[] {
  const all = piecesOf(text)!
  const made: string[] = []
  for (let at = 0; at < all.pieces.length; ) {
    const end = endOfPortion(all.pieces, at, size)
    made.push(portionOf(text, all, all.pieces.slice(at, end)))
    at = end
  }
  return made
}

/** Numbers of tables are the kernel's of all that ever were. */
const LIST = `nft -a -s list ruleset | sed 's/^\\(table .*{\\) # handle .*/\\1/'`

/** Loads the text whole, then its portions; both listings must be the same. */
function compare(text: string, size: number): void {
  const parts = portions(text, size)
  const script = `${SPLIT}
    nft -f /run/part00001; ${LIST} > /run/whole; nft flush ruleset
    rm /run/part00001
    for part in /run/part*; do nft -f "$part" > /dev/null; done
    ${LIST} | diff /run/whole -`
  inSandbox(script, [text, ...parts].join('\f'))
}

test('any text is in the kernel as one transaction leaves it, rule handles and all', () => {
  for (const text of fc.sample(nftTexts, CASES)) {
    compare(text, 1)
    compare(text, 400)
  }
})

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

  const firewall = (text: string): Firewall => ({
    origin: 'r',
    parts: [{ kind: 'nft', file: 'r.nft', text, stretches: [{ from: 1, file: 'r.nft', line: 1 }] }],
  })
  const installed = async (text: string): Promise<string> => {
    await lab.install(firewall(text))
    return (await lab.inspect()).listing
  }
  const refused = async (text: string): Promise<Error> =>
    lab.install(firewall(text)).then(
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
    ['100,000 addresses', ''],
    ['100,000 ranges', '/31'],
  ])('%s', async (_, more) => {
    const listing = await installed(table(set(100_000, more), chain(['\t\tip saddr @s drop'])))
    expect(listing.match(/10\.\d+\.\d+\.\d+/g)).toHaveLength(100_000)
  })

  test('a list that is a define', async () => {
    const text = `define listed = {\n${elements(30_000)}}\n${table('\tset s { type ipv4_addr; elements = $listed; }')}`
    expect((await installed(text)).match(/10\.\d+\.\d+\.\d+/g)).toHaveLength(30_000)
  })

  test('a mistake that only the kernel knows has its line and column, and nothing is measured after it', async () => {
    const all = rules(3000)
    all[2500] = '\t\taccept; jump nowhere'
    const error = await refused(table(chain(all)))
    expect(error).toBeInstanceOf(InputFailure)
    expect(error.message).toMatch(/^nft refuses r\.nft:\nr\.nft:2504:16-22: Error: .*No such file/)
    await expect(lab.inspect()).rejects.toThrow('was not loaded to its end')
    const spec = { from: 'a', to: 'b', source: '10.0.0.1', target: '10.0.0.2' }
    const sweep = { ...spec, protocol: 'tcp', numbers: [], answer: 'reply' } as const
    await expect(lab.sweep(sweep)).rejects.toThrow('was not loaded to its end')
    expect(await installed(table(chain(['\t\taccept'])))).toContain('accept')
  })

  test('a mistake in the words is told as ever', async () => {
    const all = rules(3000)
    all[2500] = '\t\ttcp dprot 22 accept'
    expect((await refused(table(chain(all)))).message).toMatch(/r\.nft:2504:\d+-\d+: Error: syntax/)
  })

  test('what cannot be divided is named with its line and a remedy', async () => {
    const text = table(chain(['\t\taccept', `\t\tip saddr {\n${elements(30_000)}\t\t} drop`]))
    const error = await refused(text)
    expect(error).toBeInstanceOf(EnvironmentFailure)
    expect(error.message).toMatch(/r\.nft:5:1: Error: too large by itself.*named/)
    expect(error.message).toMatch(/run as root/)
  })
})
