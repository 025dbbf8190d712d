/** What a compose file asks for beyond a container of its own is refused by name and place, unless it is trusted with it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readTrust, TRUSTABLE } from '../../src/firewall/trust.ts'
import { readService } from './compose.ts'

let folder: string
let home: string
const SECRET = 'NFTPROOF_TEST_SECRET'

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nftproof-refused-')))
  home = join(folder, 'home')
  mkdirSync(join(home, 'inner'), { recursive: true })
  mkdirSync(join(folder, 'beside'))
  symlinkSync(join(folder, 'beside'), join(home, 'link'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  delete process.env[SECRET]
})

const trusting = (names: string) => {
  const reading = readTrust(names)
  if ('unknown' in reading) throw new Error(reading.unknown)
  return reading.trust
}

/** Lines of the one service of a file, from line 4 on. */
function read(lines: readonly string[], trust?: string, more = '') {
  const file = join(home, 'compose.yaml')
  const service = lines.map((line) => `    ${line}\n`).join('')
  writeFileSync(file, `services:\n  edge:\n    image: made/up\n${service}${more}`)
  return readService(file, 'edge', trust === undefined ? undefined : trusting(trust))
}

function said(...args: Parameters<typeof read>): string[] {
  try {
    read(...args)
    return []
  } catch (error) {
    return (error as Error).message.replaceAll(`${home}/`, '').split('\n')
  }
}

/** Key, a value that reaches out, where the fault is, and what the engine is told where it is trusted. */
const REACHING: readonly (readonly [string, string, string, object])[] = [
  ['privileged', 'true', '4:5', { Privileged: true }],
  ['privileged', '"yes"', '4:5', {}],
  ['volumes', '["/:/host"]', '4:15', { Binds: ['/:/host:rw'] }],
  ['volumes', '["/var/run/docker.sock:/s:ro"]', '4:15', { Binds: ['/var/run/docker.sock:/s:ro'] }],
  [
    'volumes',
    '[{ type: bind, source: /etc, target: /e, read_only: true }]',
    '4:15',
    { Binds: ['/etc:/e:ro'] },
  ],
  ['volumes', '[data:/var/lib]', '4:15', {}],
  [
    'devices',
    '["/dev/sda:/dev/disk:r"]',
    '4:15',
    {
      Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/disk', CgroupPermissions: 'r' }],
    },
  ],
  ['device_cgroup_rules', '["a *:* rwm"]', '4:27', { DeviceCgroupRules: ['a *:* rwm'] }],
  ['cap_add', '[SYS_ADMIN]', '4:15', { CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] }],
  ['cap_add', '[NET_ADMIN, ALL]', '4:26', { CapAdd: ['NET_ADMIN', 'NET_RAW', 'ALL'] }],
  ['cap_add', '[CAP_SYS_PTRACE]', '4:15', {}],
  ['pid', 'host', '4:5', { PidMode: 'host' }],
  ['ipc', 'host', '4:5', { IpcMode: 'host' }],
  ['uts', 'host', '4:5', { UTSMode: 'host' }],
  ['userns_mode', 'host', '4:5', { UsernsMode: 'host' }],
  ['cgroup', 'host', '4:5', { CgroupnsMode: 'host' }],
  ['cgroup_parent', 'system.slice', '4:5', { CgroupParent: 'system.slice' }],
  ['network_mode', 'host', '4:5', {}],
  ['runtime', 'mine', '4:5', { Runtime: 'mine' }],
  [
    'security_opt',
    '["seccomp:unconfined"]',
    '4:20',
    { SecurityOpt: ['no-new-privileges', 'seccomp:unconfined'] },
  ],
  ['security_opt', '[no-new-privileges, "systempaths=unconfined"]', '4:39', {}],
  ['security_opt', '["no-new-privileges:false"]', '4:20', {}],
  ['sysctls', '{ net.ipv4.ip_forward: 1, kernel.core_pattern: "|/x" }', '4:40', {}],
  ['sysctls', '["vm.swappiness=1"]', '4:15', {}],
  ['ulimits', '{ nofile: 7 }', '4:5', { Ulimits: [{ Name: 'nofile', Soft: 7, Hard: 7 }] }],
  ['oom_score_adj', '-900', '4:5', { OomScoreAdj: -900 }],
]

test.each(REACHING)('%s: %s is refused at %s', (key, value, at, rights) => {
  const lines = [`${key}: ${value}`]
  const refused = said(lines)
  expect(refused).toEqual([expect.stringContaining(`compose.yaml:${at}: ${key}`)])
  expect(refused[0]).toMatch(new RegExp(`gives the container .*\\(--trust ${key}\\)$`))
  // Trust in anything else does not help.
  const others = TRUSTABLE.filter((one) => one !== key).join(',')
  expect(said(lines, others)).toEqual(refused)
  if (Object.keys(rights).length > 0)
    for (const trust of [key, 'all']) expect(read(lines, trust).rights).toMatchObject(rights)
})

test.each([
  [
    'privileged: false',
    'cap_add: [net_admin, CAP_NET_RAW]',
    'security_opt: ["no-new-privileges:true"]',
  ],
  ['ipc: private', 'cgroup: private', 'network_mode: none', 'sysctls: { net.ipv4.ip_forward: 1 }'],
  ['ports: ["443:443"]', 'extra_hosts: ["a:192.0.2.1"]', 'networks: [inside]', 'dns: 192.0.2.53'],
  ['tmpfs: /run', 'volumes: []', 'cap_drop: [ALL]', 'read_only: true'],
])('a setting inside the container is accepted: %s, %s', (...lines) => {
  const { rights } = read(lines)
  expect(rights).toMatchObject({ CapAdd: ['NET_ADMIN', 'NET_RAW'], Binds: [], Devices: [] })
  expect(rights).not.toHaveProperty('Privileged')
})

test.each([
  ['pid: "container:other"', /refers to another container/],
  ['ipc: "service:other"', /refers to another container/],
  ['network_mode: "container:4711"', /refers to another container/],
  ['volumes_from: [other]', /volumes_from: refers to another service/],
  ['env_file: /etc/shadow', /env_file: reads another file/],
  ['extends: { file: /etc/shadow, service: x }', /extends: reads another service/],
  ['secrets: [key]', /secrets: hands files/],
  ['configs: [key]', /configs: hands files/],
  ['gpus: all', /unknown key "gpus"/],
  ['use_api_socket: true', /unknown key "use_api_socket"/],
  ['credential_spec: { file: x }', /unknown key "credential_spec"/],
  ['post_start: [{ command: x }]', /unknown key "post_start"/],
  ['label_file: x', /unknown key "label_file"/],
])('a file with %s is refused whatever is trusted', (line, why) => {
  for (const trust of [undefined, 'all'])
    expect(said([line], trust)).toEqual([expect.stringMatching(why)])
})

test('all refusals are reported together', () => {
  const refused = said([
    'privileged: true',
    'pid: host',
    'cap_add: [SYS_MODULE, BPF]',
    'odd: 1',
    'working_dir: 3',
  ])
  expect(refused.map((line) => /:(\d+:\d+): (\w+)/.exec(line)?.slice(1).join(' '))).toEqual([
    '4:5 privileged',
    '5:5 pid',
    '6:15 cap_add',
    '6:27 cap_add',
    '7:5 unknown',
    '8:18 working_dir',
  ])
})

describe('networks and includes beside the service', () => {
  test.each([
    ['edge: { external: true }', 'external'],
    ['edge: { driver: macvlan }', 'driver'],
    ['edge: { driver: host }', 'driver'],
  ])('a network %s is refused', (network, key) => {
    const more = `networks:\n  ${network}\n  other: { external: true }\n`
    const refused = said(['networks: [edge]'], undefined, more)
    expect(refused).toEqual([
      expect.stringMatching(
        new RegExp(`compose\\.yaml:6:11: networks "edge": ${key} .*--trust networks`),
      ),
    ])
    expect(said(['networks: [edge]'], 'networks', more)).toEqual([])
    expect(said(['networks: { inside: {} }'], undefined, more)).toEqual([])
  })

  test('an include is refused', () => {
    expect(said([], 'all', 'include: [/etc/passwd]\n')).toEqual([
      'compose.yaml:4:1: include: reads other files: write their services here',
    ])
  })
})

describe('the environment of nftproof', () => {
  const given = (...lines: string[]) => ({
    refused: said(lines),
    trusted: () => read(lines, 'environment').environment,
  })

  test.each([
    [`environment: { A: "\${${SECRET}}" }`, '4:23'],
    [`environment: { A: "x$${SECRET}-y" }`, '4:23'],
    [`environment: { A: "\${${SECRET}:-none}" }`, '4:23'],
    [`environment: [${SECRET}]`, '4:19'],
    [`environment: { ${SECRET}: }`, '4:'],
  ])('%s gets no variable of nftproof', (line, at) => {
    process.env[SECRET] = 'hunter2'
    const { refused, trusted } = given(line)
    expect(refused).toEqual([expect.stringContaining(`compose.yaml:${at}`)])
    expect(refused[0]).toMatch(/--trust environment/)
    expect(refused[0]).not.toContain('hunter2')
    expect(JSON.stringify(trusted())).toContain('hunter2')
  })

  test('no other key of the service gets one either', () => {
    process.env[SECRET] = 'hunter2'
    expect(said([`command: ["echo", "\${${SECRET}}"]`])).toEqual([
      expect.stringMatching(/4:23: .*--trust environment/),
    ])
  })

  test('an unset variable has its default, or is an error', () => {
    expect(read([`environment: { A: "\${${SECRET}:-none}", B: "$$5" }`]).environment).toEqual({
      A: 'none',
      B: '$5',
    })
    expect(read([`environment: [${SECRET}, C=1]`]).environment).toEqual({ C: '1' })
    expect(said([`environment: { A: "\${${SECRET}}" }`])[0]).toMatch(/is not in the environment/)
    expect(said([`environment: { A: "\${${SECRET}:?no}" }`])[0]).toMatch(/is not a variable/)
  })
})

describe('a build', () => {
  test.each([
    ['build: ..', /build context "\.\.": is outside the folder/],
    ['build: /', /build context "\/": is outside/],
    ['build: link', /build context "link": is outside/],
    [
      'build: { context: inner, dockerfile: ../../beside/D }',
      /build dockerfile .*is outside its context/,
    ],
  ])('%s is refused: its files are outside of the folder', (line, why) => {
    expect(said([line])).toEqual([expect.stringMatching(why)])
    expect(said([line])[0]).toMatch(/compose\.yaml:4:5: .*\(--trust build\)$/)
    expect(said([line], 'build')).toEqual([])
  })

  test('a build within its folder is accepted', () => {
    expect(read(['build: { context: inner }']).build).toEqual({
      context: join(home, 'inner'),
      dockerfile: 'Dockerfile',
    })
  })
})
