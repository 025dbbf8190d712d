/** Claim: iptables-restore and nftproof take the same texts; what cannot be seen is told with its place. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { originalBytes } from '../../src/quote/utf8.ts'
import { readFirewall } from '../input/firewall.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

let folder: string
let sandbox: Sandbox
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-saved-'))
  sandbox = new Sandbox({ workers: 1, rootless: mustBeRootless() })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

/** What is said against it; nothing where it is taken. */
async function refusals(bytes: string | Uint8Array): Promise<string> {
  const file = join(folder, 'fw.v4')
  writeFileSync(file, bytes)
  try {
    const firewall = await readFirewall(file)
    expect(firewall.parts[0]!.kind).toBe('iptables')
    expect(Buffer.from(originalBytes(firewall.parts[0]!.text))).toEqual(readFileSync(file))
    return (await sandbox.check(firewall, [])).join('\n')
  } catch (error) {
    return (error as Error).message
  }
}

describe('an iptables-save text with invisible characters', () => {
  test.each([
    [
      '\ufeff*filter\n-A INPUT -j DROP\nCOMMIT\n',
      /fw\.v4:1:1: U\+FEFF \(byte order mark\): .* without/,
    ],
    [
      '*filter\n-A INPUT\u00a0-j DROP\nCOMMIT\n',
      /fw\.v4:2:9: iptables-restore does not read U\+00A0 \(no-break space\) as a blank/,
    ],
    ['*filter\n-A INPUT \u3000-j DROP\nCOMMIT\n', /fw\.v4:2:10: U\+3000/],
    ['*filter\n\u2028-A INPUT -j DROP\nCOMMIT\n', /fw\.v4:2:1: U\+2028/],
    ['*filter\r\n-A INPUT -j DROP\r\nCOMMIT\r\n', /fw\.v4:1.*[\s\S]*Windows line ends/],
    ['*filter\n-A INPUT\u0000 -j DROP\nCOMMIT\n', /fw\.v4:2:9: U\+0000 \(NUL\): /],
    ['# \u0000\n*filter\n-A INPUT -j DROP\nCOMMIT\n', /fw\.v4:1:3: U\+0000 \(NUL\): /],
  ])('%j is refused', async (text, said) => {
    expect(await refusals(text)).toMatch(said)
  })

  const comment = (inside: Uint8Array): Uint8Array =>
    Buffer.concat([
      Buffer.from('# '),
      inside,
      Buffer.from('\n*filter\n-A INPUT -m comment --comment "a '),
      inside,
      Buffer.from('" -j DROP\nCOMMIT\n'),
    ])

  test.each([
    ['a no-break space', Buffer.from('\u00a0')],
    ['Latin-1', Buffer.from([0xe4, 0xfc])],
    ['a truncated character', Buffer.from([0xe2, 0x80])],
  ])('in comments is accepted: %s', async (_, inside) => {
    expect(await refusals(comment(inside))).toBe('')
  })
})
