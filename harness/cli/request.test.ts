/** `nftproof request` from outside, where nothing is measured: reviews, decisions, and the list. */
import { chmodSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startNftproof } from '../../tools/testing/command.ts'
import { makePlatform, type TestPlatform } from '../../tools/testing/platform.ts'

const WHO = ['--by', 'platform support', '--reason', 'One relay, limited rate'] as const
const DAY = ['--at', '2026-06-15'] as const
const approved = (more = ''): string =>
  `{ status: approved, by: platform support, on: 2026-06-02, reason: needed${more} }`

let platform: TestPlatform
beforeEach(() => {
  platform = makePlatform()
})
afterEach(() => platform.remove())

describe('request review without a measurement', () => {
  test('--no-measure measures nothing, and the report says so', () => {
    const file = platform.request('smtp', { useCase: 'mail please' })
    const { code, out } = platform.run('review', file, '--no-measure', ...DAY)
    expect(code).toBe(0)
    expect(out).toMatch(/Nothing was measured: --no-measure was given/)
    expect(out).toMatch(/! requests\/smtp\.yaml:4:\d+: useCase "mail please": 2 words/)
  })

  test.each([
    ['an unknown project', { project: 'shp' }, /project "shp" is unknown/],
    ['another organization', { organization: 'globex' }, /project "shop" belongs to "acme"/],
  ])('%s: the report says so, exit 2, and approve is refused', (_, more, message) => {
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

  test('no platform, an invalid file, a JSON Lines file or an invalid date: exit 2', () => {
    const faulty = platform.request('faulty', { ports: '{ tcp: 70000 }' })
    expect(platform.run('review', faulty)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/requests\/faulty\.yaml:5:15: tcp .*70000 is above 65535/),
    })
    const lines = platform.write('all.jsonl', '{}\n')
    expect(platform.run('review', lines)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/all\.jsonl: holds several requests/),
    })
    expect(platform.run('list', '--at', '2026-02-30').code).toBe(2)
    rmSync(join(platform.folder, 'platform.yaml'))
    for (const args of [['list'], ['review', platform.request('smtp')]])
      expect(platform.run(...args)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/no platform\.yaml in .* name one with --platform/),
      })
  })
})

describe('approve and reject', () => {
  test('the decision is written to the file, and no other byte changes', () => {
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

  test('a second decision: exit 2, with the name and date of the first', () => {
    const file = platform.request('smtp')
    expect(platform.run('reject', file, ...WHO, ...DAY).code).toBe(0)
    const before = platform.read(file)
    for (const verb of ['approve', 'reject']) {
      const { code, err } = platform.run(verb, file, ...WHO)
      expect({ code, err }).toEqual({
        code: 2,
        err: 'nftproof: requests/smtp.yaml: already rejected by platform support on 2026-06-15\n',
      })
    }
    expect(platform.read(file)).toBe(before)
  })

  test('of many decisions at the same time, exactly one is written', async () => {
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
      expect(err).toMatch(/already (approved|rejected) by desk|another decision is being written/)
    }
    expect(platform.read(file)).toContain(`by: desk ${won[0]!.i}\n`)
    expect(readdirSync(join(platform.folder, 'requests'))).toEqual(['smtp.yaml'])
  })

  test('a symbolic link is followed, and stays a link', () => {
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
      'an end date before the start',
      [...WHO, '--until', '2026-06-14'],
      /--until 2026-06-14: the last day is before the decision, 2026-06-15/,
    ],
    ['an empty name', ['--by', ' ', '--reason', 'x'], /--by: must have 1 to 200 characters/],
    ['a missing reason', ['--by', 'desk'], /--reason/],
    ['an invalid date', [...WHO, '--until', '2026-02-30'], /must be a day like/],
  ])('%s: exit 2, and the file is unchanged', (_, args, message) => {
    const file = platform.request('smtp')
    const before = platform.read(file)
    const { code, err } = platform.run('approve', file, ...DAY, ...args)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) })
    expect(platform.read(file)).toBe(before)
  })

  test('an incomplete decision is reported, and nothing is written', () => {
    const file = platform.request('smtp')
    platform.write('requests/.smtp.yaml.deciding', '')
    const { code, err } = platform.run('approve', file, ...WHO)
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /another decision is being written: wait, or remove .*\.smtp\.yaml\.deciding/,
      ),
    })
    expect(existsSync(join(platform.folder, 'requests/.smtp.yaml.deciding'))).toBe(true)
  })

  test('an invalid file, a JSON Lines file or a missing file: exit 2, with positions', () => {
    const faulty = platform.request('faulty', { requested: 'soon' })
    expect(platform.run('reject', faulty, ...WHO).err).toMatch(/faulty\.yaml:6:12: requested/)
    platform.write('all.jsonl', '{}\n')
    for (const file of ['all.jsonl', 'none.yaml', 'requests'])
      expect(platform.run('reject', file, ...WHO)).toMatchObject({ code: 2 })
  })
})

describe('list', () => {
  test('lists expiring and expired grants first, as a table and as JSON', () => {
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
    const listed = JSON.parse(platform.run('list', '--reporter', 'json', ...DAY).out)
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(order)
    expect(listed[0]).toMatchObject({ state: 'expiring', tcp: [{ from: 25, to: 25 }] })
  })

  test('reports contradictions too; without a platform: exit 2', () => {
    platform.request('wrong', { project: 'shp' })
    const { code, out, err } = platform.run('list', ...DAY)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('wrong') })
    expect(err).toMatch(/requests\/wrong\.yaml:2:10: project "shp" is unknown/)
    expect(platform.run('list', '--platform', 'none.yaml').code).toBe(2)
    expect(platform.run('list', 'platform.yaml', ...DAY).out).toBe(out)
  })
})
