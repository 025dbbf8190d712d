/** A request's measurement, of rulesets that open something else than what was asked for. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { Measured } from '../../src/result/measured.ts'
import { makePlatform, type TestPlatform } from '../../tools/testing/platform.ts'
import type { FaultInjection } from '../contract/lab.ts'
import { openPlatform } from '../input/load.ts'
import { loadRequest } from '../input/request-file.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { measure } from './request.ts'

let platform: TestPlatform
beforeEach(() => {
  platform = makePlatform()
})
afterEach(() => platform.remove())

const untraced = (lab: Lab): Lab => ({
  ...lab,
  trace: () => Promise.reject(new EnvironmentError('the lab is gone')),
})

const same = (grant: Grant): Grant => grant
/** The faults are in these; cli/request.netns sweeps every port. */
const FEW = PortSet.parse('0-100,440-450,1020-1030,65530-65535')

describe('a ruleset that opens something else is found', () => {
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

  test('a failed control or a lost probe proves nothing', async () => {
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

  test('a rule whose limit only many packets reach is not an exact change', async () => {
    const file = platform.request('relay')
    const limit = 'tcp dport 80 limit rate over 1/day burst 100 packets drop'
    const spoil = (text: string): string =>
      text.replace('chain tcp_egress {', `chain tcp_egress {\n\t\t${limit}`)
    const measured = (await measureHere(file, same, {}, spoil)) as Extract<
      Measured,
      { rows: unknown }
    >
    expect(measured.verdict).toBe('unknown')
    const [row] = measured.rows
    expect({ protocol: row!.protocol, unsure: row!.unsure.has(80) }).toEqual({
      protocol: 'tcp',
      unsure: true,
    })
  })

  test('without a fault, nothing is reported', async () => {
    const file = platform.request('relay', { destinations: '[198.51.100.0/24]' })
    expect(await measureHere(file, same)).toMatchObject({ verdict: 'exact' })
  })

  test('when one family cannot be measured, the other is, and the verdict is not "exact"', async () => {
    const file = platform.request('relay', { destinations: '[198.51.100.0/24]' })
    const measured = (await measureHere(file, same, {}, (text) => text, 6)) as Extract<
      Measured,
      { rows: unknown }
    >
    expect(measured.verdict).toBe('unknown')
    expect(measured.problems).toEqual(['IPv6 not measured: no such lab here'])
    expect(new Set(measured.rows.map(({ family }) => family))).toEqual(new Set([4]))
    expect(measured.rows.every(({ verdict }) => verdict === 'exact')).toBe(true)
  })

  test('families that fail during their measurement keep their rows, and the verdict is unknown', async () => {
    const file = platform.request('relay', { destinations: '[198.51.100.0/24]' })
    const spoil = (text: string): string =>
      text.replace(
        'chain tcp_egress {',
        'chain tcp_egress {\n\t\tiifname "blog0" tcp dport 7 accept',
      )
    // Only a wrong row is traced: that of the second project.
    const measured = (await measureHere(file, same, {}, spoil, 'trace')) as Extract<
      Measured,
      { rows: unknown }
    >
    expect(measured.verdict).toBe('unknown')
    expect(measured.problems).toEqual(['not measured: the lab is gone'])
    expect(new Set(measured.rows.map(({ from }) => from))).toEqual(new Set(['shop']))
  })

  async function measureHere(
    file: string,
    fault: (grant: Grant) => Grant,
    faults: FaultInjection = {},
    spoil = (ruleset: string): string => ruleset,
    lacking?: 6 | 'trace',
  ): Promise<Measured> {
    const { request } = loadRequest(join(platform.folder, file))
    const { platform: of, policy } = openPlatform(join(platform.folder, 'platform.yaml'))
    const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
    try {
      const openLab: Sandbox['openLab'] = (spec, sabotaged) =>
        spec.family === lacking
          ? Promise.reject(new EnvironmentError('no such lab here'))
          : sandbox.openLab(spec, sabotaged).then(lacking === 'trace' ? untraced : (lab) => lab)
      return await measure(request, {
        sandbox: { openLab } as Sandbox,
        policy,
        zones: of.zones,
        grants: [],
        ports: FEW,
        fault,
        faults,
        spoil,
      })
    } finally {
      await sandbox.close()
    }
  }
})
