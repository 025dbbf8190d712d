/** `nftproof request review` from outside, with its measurement. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { readReviewText } from '../../src/request/review-text.ts'
import { makePlatform, type TestPlatform } from '../../tools/testing/platform.ts'

const DAY = ['--at', '2026-06-15'] as const
const approved = (more = ''): string =>
  `{ status: approved, by: platform support, on: 2026-06-02, reason: needed${more} }`

let platform: TestPlatform
beforeEach(() => {
  platform = makePlatform()
})
afterEach(() => platform.remove())

/** A measured review in the published shape. */
function reviewIn(out: string) {
  const { measured, ...page } = readReviewText(out)
  if (measured.verdict === 'not measured') throw new Error(measured.reason)
  return { ...page, measured }
}

describe('request review with a measurement', () => {
  // One measurement takes a while, so each is looked at in two ways.
  test('a request for all destinations opens exactly its ports, for one of two projects on a link; on the screen and in Markdown', () => {
    const shared = platform.read('platform.yaml').replace('link: blog0', 'link: shop0')
    platform.write('platform.yaml', shared)
    const file = platform.request('smtp', { ports: '{ tcp: [25, 587], udp: 51820 }' })
    const both = ['--reporter', 'terminal', '--reporter', 'markdown=page.md']
    const { code, out, err } = platform.run('review', file, ...both, ...DAY)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/Exact: with the request in force/)
    expect(out).toMatch(/opened 25, 587/)
    expect(out).toMatch(/2 TCP ports and 1 UDP port become reachable over IPv4 and IPv6/)
    expect(out).toMatch(/pending · 2026-06-15/)
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    const page = platform.read('page.md')
    expect(page).toMatch(/^## Request smtp: tcp 25, 587 · udp 51820\n/)
    expect(page).toMatch(/^\| ✔ \| shop → 203\.0\.113\.10 \(anywhere\) \| IPv4 TCP \| 65,536 \|/m)
    expect(page).toMatch(/^\| ✔ \| blog → 203\.0\.113\.10 /m)
    expect(page).toMatch(/^\| tcp 25 \| Spam: mail directly .* \| RFC 5068/m)
  })

  test('an approved request beside another grant opens its own ports at its destinations only; for a public prefix, a stand-in prefix is probed', () => {
    platform.request('other', { ports: '{ tcp: 25-26 }', decision: approved() })
    const file = platform.request('own', {
      ports: '{ tcp: 26-27 }',
      destinations: '[8.8.8.0/24, "2001:db8:25::/48"]',
      decision: approved(),
    })
    const { code, out } = platform.run('review', file, '--reporter', 'json', ...DAY)
    const { measured, findings, state } = reviewIn(out)
    expect({ code, verdict: measured.verdict, state }).toEqual({
      code: 0,
      verdict: 'exact',
      state: 'holds',
    })
    expect(findings).toMatchObject([{ kind: 'overlap' }])
    expect(measured.standIns).toEqual([{ given: '8.8.8.0/24', used: '198.51.100.0/24' }])
    const opened = measured.rows.filter((row) => !row.opened.isEmpty && row.extent === 'all')
    expect(opened.map((row) => row.opened)).toEqual([PortSet.of(27), PortSet.of(27)])
    expect(opened).toMatchObject([
      { from: 'shop', family: 4, protocol: 'tcp', where: 'inside', target: '198.51.100.1' },
      { from: 'shop', family: 6, protocol: 'tcp', where: 'inside', numbers: 65536 },
    ])
  })

  test('a request that cannot be measured: exit 3, with the reason', () => {
    const file = platform.request('near', { destinations: '[10.20.2.0/25]' })
    const { code, out } = platform.run('review', file, ...DAY)
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /Nothing was measured: destination 10\.20\.2\.0\/25 is in the network of project "blog"/,
    )
  })
})
