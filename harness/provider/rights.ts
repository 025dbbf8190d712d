/** The additional rights and limits of a compose service, in the form of the engine's API. */
import { dirname, resolve } from 'node:path'
import type { HostConfig } from 'dockerode'
import type { z } from 'zod'
import { InputError } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'
import { capability } from './compose-rules.ts'
import type { serviceSchema } from './compose-schema.ts'
import { CAPABILITIES, confined } from './confined.ts'

/** dockerode's types lack the namespace of control groups. */
// biome-ignore lint/style/useNamingConvention: the engine's interface has it so
export type Rights = HostConfig & { readonly CgroupnsMode?: string }

type ServiceFile = z.infer<typeof serviceSchema>

/** `data` has only harmless or trusted keys by now. */
export function rightsOf(data: ServiceFile, file: string): Rights {
  return {
    ...given(data),
    ...(data.privileged ? { Privileged: true } : {}),
    ...(data.cap_drop ? { CapDrop: data.cap_drop } : {}),
    ...(data.read_only ? { ReadonlyRootfs: true } : {}),
    CapAdd: [...new Set([...CAPABILITIES, ...(data.cap_add ?? []).map(capability)])],
    SecurityOpt: [...new Set([...(confined().SecurityOpt ?? []), ...(data.security_opt ?? [])])],
    Binds: (data.volumes ?? []).map((volume) => bindOf(volume, file)),
    Tmpfs: Object.fromEntries([data.tmpfs ?? []].flat().map(tmpfsOf)),
    Devices: (data.devices ?? []).map(deviceOf),
    DeviceCgroupRules: data.device_cgroup_rules ?? [],
    Ulimits: Object.entries(data.ulimits ?? {}).map(([name, limit]) => ulimitOf(name, limit)),
  }
}

/** The names of the engine's API. */
function given(data: ServiceFile): Rights {
  const values = {
    PidMode: data.pid,
    IpcMode: data.ipc,
    UTSMode: data.uts,
    UsernsMode: data.userns_mode,
    CgroupnsMode: data.cgroup,
    CgroupParent: data.cgroup_parent,
    Runtime: data.runtime,
    OomScoreAdj: data.oom_score_adj,
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

type Volume = NonNullable<ServiceFile['volumes']>[number]

/** `./rules:/etc/nftables.d:ro`, or its long form. */
function bindOf(volume: Volume, file: string): string {
  const [source = '', target = '', mode] =
    typeof volume === 'string'
      ? volume.split(':')
      : [volume.source, volume.target, volume.read_only ? 'ro' : 'rw']
  const path = source.startsWith('~') ? source.replace('~', process.env.HOME ?? '/root') : source
  const whole = resolve(dirname(file), path)
  if ([whole, target].some((one) => one.includes(':')))
    throw new InputError(
      `${shown(file)}: volume ${JSON.stringify(whole)}: the engine accepts no colon in a path: rename the folder`,
    )
  return `${whole}:${target}:${mode === 'ro' ? 'ro' : 'rw'}`
}

const tmpfsOf = (text: string): [string, string] => {
  const [path = '', options = ''] = text.split(':')
  return [path, options]
}

/** `/dev/ttyUSB0:/dev/console:rw`. */
function deviceOf(text: string) {
  const [host = '', inside = host, rights = 'rwm'] = text.split(':')
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: rights }
}

function ulimitOf(name: string, limit: number | { readonly soft: number; readonly hard: number }) {
  const { soft, hard } = typeof limit === 'number' ? { soft: limit, hard: limit } : limit
  return { Name: name, Soft: soft, Hard: hard }
}
