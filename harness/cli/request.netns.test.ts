/** `nftproof request` from outside: the review with its measurement, decisions, and the list. */
import { chmodSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PortSet } from '../../src/ports.ts'
import type { Measured } from '../../src/request/measured.ts'
import type { Grant } from '../../src/request/request.ts'
import { readReviewText } from '../../src/request/review-schema.ts'
import type { Sabotage } from '../lab/contract.ts'
import { openPlatform } from '../read.ts'
import { loadRequest } from '../request-file.ts'
import { measure } from '../request-measure.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { startNftproof } from '../testing/command.ts'
import { makePlatform, type TestPlatform } from '../testing/platform.ts'

const WHO = ['--by', 'platform support', '--reason', 'One relay, limited rate'] as const
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

describe('review, measured', () => {
  test('a request to everywhere opens exactly what it names, for one project, over both families', () => {
    const file = platform.request('smtp', { ports: '{ tcp: [25, 587], udp: 51820 }' })
    const { code, out, err } = platform.run('review', file, ...DAY)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/Exact: between today's ruleset/)
    expect(out).toMatch(/opened 25, 587/)
    expect(out).toMatch(/2 TCP ports and 1 UDP port become reachable over IPv4 and IPv6/)
    expect(out).toMatch(/pending · 2026-06-15/)
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('destinations: inside them only; of a prefix that is somebody’s a stand-in is probed', () => {
    const file = platform.request('relay', { destinations: '[8.8.8.0/24, "2001:db8:25::/48"]' })
    const { code, out } = platform.run('review', file, '--json', ...DAY)
    const { measured, findings } = reviewIn(out)
    expect({ code, verdict: measured.verdict, findings }).toEqual({
      code: 0,
      verdict: 'exact',
      findings: [],
    })
    expect(measured.standIns).toEqual([{ given: '8.8.8.0/24', used: '198.51.100.0/24' }])
    const opened = measured.rows.filter((row) => row.opened.length > 0 && row.extent === 'all')
    expect(opened).toMatchObject([
      { from: 'shop', family: 4, protocol: 'tcp', where: 'inside', target: '198.51.100.1' },
      { from: 'shop', family: 6, protocol: 'tcp', where: 'inside', numbers: 65536 },
    ])
  })

  test('beside another grant of the project only the rest opens; approved already, today is without it', () => {
    platform.request('other', { ports: '{ tcp: 25-26 }', decision: approved() })
    const file = platform.request('own', { ports: '{ tcp: 26-27 }', decision: approved() })
    const { code, out } = platform.run('review', file, '--json', ...DAY)
    const { measured, findings, standing } = reviewIn(out)
    expect({ code, verdict: measured.verdict, standing }).toEqual({
      code: 0,
      verdict: 'exact',
      standing: 'holds',
    })
    expect(measured.rows[0]!.opened).toEqual([{ from: 27, to: 27 }])
    expect(findings).toMatchObject([{ kind: 'overlap' }])
  })

  test('projects on one link: the other one gains nothing', () => {
    const shared = platform.read('platform.yaml').replace('link: blog0', 'link: shop0')
    platform.write('platform.yaml', shared)
    const { code, out } = platform.run('review', platform.request('smtp'), '--json', ...DAY)
    const { measured } = JSON.parse(out)
    expect({ code, verdict: measured.verdict }).toEqual({ code: 0, verdict: 'exact' })
    expect(measured.rows.map(({ from }: { from: string }) => from)).toContain('blog')
  })

  test('as Markdown', () => {
    const { code, out } = platform.run('review', platform.request('smtp'), '--markdown', ...DAY)
    expect(code).toBe(0)
    expect(out).toMatch(/^## Request smtp: tcp 25\n/)
    expect(out).toMatch(/^\| ✔ \| shop → 203\.0\.113\.10 \(anywhere\) \| IPv4 TCP \| 65,536 \|/m)
    expect(out).toMatch(/^\| tcp 25 \| Spam: mail straight .* \| RFC 5068/m)
  })
})

describe('a ruleset that opens something else is seen', () => {
  const same = (grant: Grant): Grant => grant
  const faults: readonly [string, (grant: Grant) => Grant, object][] = [
    [
      'a port too many',
      (grant) => ({ ...grant, tcp: PortSet.parse('25-26') }),
      { from: 'shop', protocol: 'tcp', opened: PortSet.parse('25-26') },
    ],
    [
      'the other protocol',
      (grant) => ({ ...grant, tcp: PortSet.empty, udp: PortSet.of(25) }),
      { from: 'shop', protocol: 'tcp', opened: PortSet.empty },
    ],
    [
      'the other project',
      (grant) => ({ ...grant, project: 'blog' }),
      { from: 'shop', protocol: 'tcp', opened: PortSet.empty },
    ],
    [
      'everywhere instead of the destinations',
      (grant) => ({ ...grant, destinations: [] }),
      { from: 'shop', protocol: 'tcp', where: 'outside', opened: PortSet.of(25) },
    ],
  ]

  test.each(faults)('%s', async (_, fault, first) => {
    const file = platform.request('relay', { destinations: '[198.51.100.0/24]' })
    const measured = (await measureHere(file, fault)) as Extract<Measured, { rows: unknown }>
    expect(measured.verdict).toBe('different')
    expect(measured.rows[0]).toMatchObject({ verdict: 'different', ...first })
    const [evidence] = measured.rows[0]!.evidence
    expect(evidence).toMatchObject({
      number: expect.any(Number),
      probe: expect.stringMatching(/→/),
    })
    expect(evidence!.trace.at(-1)).toMatchObject({ verdict: expect.stringMatching(/accept|drop/) })
  })

  const spoiled: readonly [string, (ruleset: string) => string, object][] = [
    [
      'a port for every project',
      (text) => text.replace('chain tcp_egress {', 'chain tcp_egress {\n\t\ttcp dport 25 accept'),
      { from: 'blog', altered: PortSet.of(25) },
    ],
    [
      'a port of another project that was not asked for',
      (text) =>
        text.replace(
          'chain tcp_egress {',
          'chain tcp_egress {\n\t\tiifname "blog0" tcp dport 7 accept',
        ),
      { from: 'blog', extent: 'all', altered: PortSet.of(7) },
    ],
    [
      'the neighbour of a destination',
      (text) => text.replaceAll('198.51.100.128/25', '198.51.100.0/24'),
      { from: 'shop', extent: 'few', where: 'outside', opened: PortSet.of(25) },
    ],
    [
      'one destination less',
      (text) => text.replaceAll(', 2001:db8:77::/48', ''),
      { from: 'shop', extent: 'few', where: 'inside', family: 6, opened: PortSet.empty },
    ],
  ]

  test.each(spoiled)('%s', async (_, spoil, first) => {
    const destinations = '[198.51.100.128/25, "2001:db8:25::/48", "2001:db8:77::/48"]'
    const file = platform.request('relay', { destinations })
    const measured = (await measureHere(file, same, {}, spoil)) as Extract<
      Measured,
      { rows: unknown }
    >
    expect(measured.verdict).toBe('different')
    expect(measured.rows.filter(({ verdict }) => verdict === 'different')).toEqual(
      expect.arrayContaining([expect.objectContaining(first)]),
    )
  })

  test('a control that fails and a probe that is lost prove nothing', async () => {
    const file = platform.request('relay')
    const dead = await measureHere(file, same, { deadResponder: true })
    expect(dead).toMatchObject({
      verdict: 'unknown',
      rows: [],
      problems: expect.arrayContaining([expect.stringMatching(/^IPv4: a control failed: /)]),
    })
    const lost = await measureHere(file, same, { loseProbe: { number: 30, attempts: [0, 1] } })
    expect(lost).toMatchObject({ verdict: 'unknown' })
  })

  test('and without a fault nothing is', async () => {
    const file = platform.request('relay', { destinations: '[198.51.100.0/24]' })
    expect(await measureHere(file, same)).toMatchObject({ verdict: 'exact' })
  })

  async function measureHere(
    file: string,
    fault: (grant: Grant) => Grant,
    sabotage: Sabotage = {},
    spoil = (ruleset: string): string => ruleset,
  ): Promise<Measured> {
    const { request } = loadRequest(join(platform.folder, file))
    const { platform: of, policy } = openPlatform(join(platform.folder, 'platform.yaml'))
    const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
    try {
      return await measure(request, {
        sandbox,
        policy,
        zones: of.zones,
        grants: [],
        fault,
        sabotage,
        spoil,
      })
    } finally {
      await sandbox.close()
    }
  }
})

describe('review, otherwise', () => {
  test('--no-measure measures nothing and says so', () => {
    const file = platform.request('smtp', { useCase: 'mail please' })
    const { code, out } = platform.run('review', file, '--no-measure', ...DAY)
    expect(code).toBe(0)
    expect(out).toMatch(/Nothing was measured: it was not asked for/)
    expect(out).toMatch(/! requests\/smtp\.yaml:4: useCase "mail please": 2 words/)
  })

  test('what cannot be measured: exit 3, with the reason', () => {
    const file = platform.request('near', { destinations: '[10.20.2.0/25]' })
    const { code, out } = platform.run('review', file, ...DAY)
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /Nothing was measured: destination 10\.20\.2\.0\/25 lies in the network of project "blog"/,
    )
  })

  test.each([
    ['an unknown project', { project: 'shp' }, /project "shp" is not known/],
    ['another organization', { organization: 'globex' }, /project "shop" belongs to "acme"/],
  ])('%s: the page says so, exit 2, and it cannot be approved', (_, more, message) => {
    const file = platform.request('wrong', more)
    const { code, out } = platform.run('review', file, ...DAY)
    expect({ code, out: out.replaceAll(/\s+/g, ' ') }).toEqual({
      code: 2,
      out: expect.stringMatching(message),
    })
    const before = platform.read(file)
    const approval = platform.run('approve', file, ...WHO, ...DAY)
    expect(approval).toMatchObject({ code: 2, err: expect.stringMatching(message) })
    expect(platform.read(file)).toBe(before)
  })

  test('no platform, a file with faults, one of JSON lines, a day that does not exist: exit 2', () => {
    const faulty = platform.request('faulty', { ports: '{ tcp: 70000 }' })
    expect(platform.run('review', faulty)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/requests\/faulty\.yaml:5:15: tcp .*70000 is above 65535/),
    })
    const lines = platform.write('all.jsonl', '{}\n')
    expect(platform.run('review', lines)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/all\.jsonl: holds many requests/),
    })
    expect(platform.run('list', '--at', '2026-02-30').code).toBe(2)
    rmSync(join(platform.folder, 'platform.yaml'))
    for (const args of [['list'], ['review', platform.request('smtp')]])
      expect(platform.run(...args)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/there is no platform\.yaml in .* name one with --platform/),
      })
  })
})

describe('approve and reject', () => {
  test('the decision is in the file, and every other byte as it was', () => {
    const file = platform.write(
      'requests/odd.yaml',
      '# asked by ticket\r\nrequest: odd # id\r\nproject: "shop"\r\norganization: acme\r\nuseCase: >-\r\n  Order confirmations leave\r\n  by way of our provider\r\nports: { tcp: [25] }\r\nrequested: 2026-06-01\r\ndecision: { status: pending } # why?',
    )
    chmodSync(join(platform.folder, file), 0o640)
    const before = platform.read(file)
    const { code, out } = platform.run('approve', file, ...WHO, ...DAY, '--until', '2026-07-01')
    expect({ code, out }).toEqual({
      code: 0,
      out: 'odd (shop, tcp 25): approved on 2026-06-15 by platform support, expires in 16 days (2026-07-01)\n',
    })
    expect(platform.read(file)).toBe(
      before.replace(
        'status: pending',
        'status: approved, by: platform support, on: 2026-06-15, reason: "One relay, limited rate", until: 2026-07-01',
      ),
    )
    expect(statSync(join(platform.folder, file)).mode & 0o777).toBe(0o640)
    expect(readdirSync(join(platform.folder, 'requests'))).toEqual(['odd.yaml'])
  })

  test('never twice: exit 2, and it says by whom and when', () => {
    const file = platform.request('smtp')
    expect(platform.run('reject', file, ...WHO, ...DAY).code).toBe(0)
    const before = platform.read(file)
    for (const verb of ['approve', 'reject']) {
      const { code, err } = platform.run(verb, file, ...WHO)
      expect({ code, err }).toEqual({
        code: 2,
        err: 'nftproof: requests/smtp.yaml: rejected already, by platform support on 2026-06-15\n',
      })
    }
    expect(platform.read(file)).toBe(before)
  })

  test('of many at once one wins, and the file has its decision', async () => {
    const file = platform.request('smtp')
    const path = join(platform.folder, file)
    const ended = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const child = startNftproof(
          ['request', i % 2 ? 'approve' : 'reject', path, '--by', `desk ${i}`, '--reason', 'x'],
          { NO_COLOR: '1' },
        )
        const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
        return { i, err: await text(child.stderr!), code: await closed }
      }),
    )
    const won = ended.filter(({ code }) => code === 0)
    expect(won).toHaveLength(1)
    for (const { code, err } of ended.filter((one) => one !== won[0])) {
      expect(code).toBe(2)
      expect(err).toMatch(/(approved|rejected) already, by desk|another decision is being written/)
    }
    expect(platform.read(file)).toContain(`by: desk ${won[0]!.i}\n`)
    expect(readdirSync(join(platform.folder, 'requests'))).toEqual(['smtp.yaml'])
  })

  test('a link leads to the file that is decided on, and stays a link', () => {
    const file = platform.request('smtp')
    symlinkSync(join(platform.folder, file), join(platform.folder, 'link.yaml'))
    expect(platform.run('approve', 'link.yaml', ...WHO, ...DAY).code).toBe(0)
    expect(platform.read(file)).toContain('status: approved')
    expect(
      readdirSync(platform.folder, { withFileTypes: true })
        .find((e) => e.name === 'link.yaml')
        ?.isSymbolicLink(),
    ).toBe(true)
  })

  test.each<[string, readonly string[], RegExp]>([
    [
      'a last day before the first',
      [...WHO, '--until', '2026-06-14'],
      /--until 2026-06-14: it would expire before it is decided, 2026-06-15/,
    ],
    ['no name', ['--by', ' ', '--reason', 'x'], /--by: must have 1 to 200 characters/],
    ['no reason given', ['--by', 'desk'], /--reason/],
    ['no such day', [...WHO, '--until', '2026-02-30'], /must be a day like/],
  ])('%s: exit 2, and the file is as it was', (_, args, message) => {
    const file = platform.request('smtp')
    const before = platform.read(file)
    const { code, err } = platform.run('approve', file, ...DAY, ...args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) })
    expect(platform.read(file)).toBe(before)
  })

  test('a decision that was begun and not ended is named, and nothing is written', () => {
    const file = platform.request('smtp')
    platform.write('requests/.smtp.yaml.deciding', '')
    const { code, err } = platform.run('approve', file, ...WHO)
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/another decision is being written .*\.smtp\.yaml\.deciding/),
    })
    expect(existsSync(join(platform.folder, 'requests/.smtp.yaml.deciding'))).toBe(true)
  })

  test('a file with faults, one of JSON lines, and no file: exit 2 with places', () => {
    const faulty = platform.request('faulty', { requested: 'soon' })
    expect(platform.run('reject', faulty, ...WHO).err).toMatch(/faulty\.yaml:6:12: requested/)
    platform.write('all.jsonl', '{}\n')
    for (const file of ['all.jsonl', 'none.yaml', 'requests'])
      expect(platform.run('reject', file, ...WHO)).toMatchObject({ code: 2 })
  })
})

describe('list', () => {
  test('first what expires soon and what has expired, as a table and as JSON', () => {
    platform.request('c-pending')
    platform.request('b-expired', { decision: approved(', until: 2026-06-10') })
    platform.request('a-for-good', { decision: approved() })
    platform.request('z-soon', { decision: approved(', until: 2026-07-15') })
    platform.request('d-later', { decision: approved(', until: 2026-07-16') })
    platform.request('e-rejected', { decision: approved().replace('approved', 'rejected') })
    const order = ['z-soon', 'b-expired', 'c-pending', 'a-for-good', 'd-later', 'e-rejected']
    const { code, out } = platform.run('list', ...DAY)
    expect(code).toBe(0)
    expect([...out.matchAll(/^│ ([a-z]-[\w-]+)/gm)].map((m) => m[1])).toEqual(order)
    expect(out).toMatch(/6 requests on 2026-06-15: 1 expiring within 30 days, 1 expired, 1 pending/)
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    const listed = JSON.parse(platform.run('list', '--json', ...DAY).out)
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(order)
    expect(listed[0]).toMatchObject({ standing: 'expiring', tcp: [{ from: 25, to: 25 }] })
  })

  test('contradictions are told beside it; without a platform: exit 2', () => {
    platform.request('wrong', { project: 'shp' })
    const { code, out, err } = platform.run('list', ...DAY)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('wrong') })
    expect(err).toMatch(/requests\/wrong\.yaml:2:10: project "shp" is not known/)
    expect(platform.run('list', '--platform', 'none.yaml').code).toBe(2)
  })
})
