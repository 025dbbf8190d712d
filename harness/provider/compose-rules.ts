/**
 * Keys of a compose service that reach beyond its container. Each is refused,
 * unless its value is harmless, or its user trusts the file with it (--trust).
 */
import type { Trusted } from '../../src/firewall/trust.ts'
import { CAPABILITIES } from './confined.ts'

export interface Rule {
  /** What the container would get. */
  readonly gives: string
  readonly isHarmless: (value: unknown) => boolean
  /** What may be trusted at all; absent: everything. */
  readonly isPossible?: (value: unknown) => boolean
}

const never = (): boolean => false
const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)

/** Other containers do not run here. */
const isHost = oneOf('host')

/** `CAP_NET_ADMIN` and `net_admin` are the same. */
export const capability = (value: unknown): string => `${value}`.toUpperCase().replace(/^CAP_/, '')

const isOwnCapability = (value: unknown): boolean =>
  (CAPABILITIES as readonly string[]).includes(capability(value))

/** Every container has it anyway. */
const isTightening = (value: unknown): boolean =>
  /^no-new-privileges(?:[:=]true)?$/.test(`${value}`)

const namesHost = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:host$|container:|service:)/.test(value)

/** By key; a list is judged entry by entry. `networks` and `build` are judged by what they name. */
export const RULES: Readonly<Record<Exclude<Trusted, 'networks' | 'environment' | 'build'>, Rule>> =
  {
    privileged: { gives: 'all rights over this machine', isHarmless: oneOf(false) },
    volumes: { gives: 'files of this machine', isHarmless: never },
    devices: { gives: 'devices of this machine', isHarmless: never },
    device_cgroup_rules: { gives: 'devices of this machine', isHarmless: never },
    cap_add: {
      gives: `rights beyond ${CAPABILITIES.join(' and ')}`,
      isHarmless: isOwnCapability,
    },
    pid: { gives: 'the processes of this machine', isHarmless: never, isPossible: isHost },
    ipc: {
      gives: 'shared memory of this machine',
      isHarmless: oneOf('private', 'none', 'shareable'),
      isPossible: isHost,
    },
    uts: { gives: "this machine's name", isHarmless: never, isPossible: isHost },
    userns_mode: { gives: "this machine's users", isHarmless: never, isPossible: isHost },
    cgroup: {
      gives: 'the control groups of this machine',
      isHarmless: oneOf('private'),
      isPossible: isHost,
    },
    cgroup_parent: { gives: 'limits of another group', isHarmless: never },
    network_mode: {
      gives: 'a network of this machine',
      isHarmless: (value) => !namesHost(value),
      isPossible: isHost,
    },
    runtime: { gives: 'another program that starts it', isHarmless: never },
    security_opt: { gives: 'fewer limits than the engine sets', isHarmless: isTightening },
    sysctls: {
      gives: 'settings beyond its network',
      isHarmless: (value) => /^net\./.test(`${value}`),
    },
    ulimits: { gives: 'other limits than the engine sets', isHarmless: never },
    oom_score_adj: { gives: 'precedence over other processes', isHarmless: never },
  }

/** Refused whatever is trusted: why, and what to do. */
export const NEVER: Readonly<Record<string, string>> = {
  volumes_from: 'is about another service, which does not run here: leave it out',
  env_file: 'reads another file: write its variables under environment',
  extends: 'reads another service: write its keys here',
  secrets: 'hands files of this machine to the container: copy test data into the image',
  configs: 'hands files of this machine to the container: copy them into the image',
}
