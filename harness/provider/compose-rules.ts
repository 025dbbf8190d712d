/**
 * Keys of a compose service that reach outside its container. Each is refused unless its value is
 * harmless or the user trusts it (--trust).
 */
import type { Trusted } from '../../src/firewall/trust.ts'
import { CAPABILITIES } from './confined.ts'

export interface Rule {
  /** The right that the container would get. */
  readonly gives: string
  readonly isHarmless: (value: unknown) => boolean
  /** The name for --trust. Absent: it can never be trusted. */
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

/** Every container has it. */
const isTightening = (value: unknown): boolean =>
  /^no-new-privileges(?:[:=]true)?$/.test(`${value}`)

const namesHost = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:host$|container:|service:)/.test(value)

/**
 * By key. A list is checked entry by entry. `networks` and `build` are checked by the names in
 * them.
 */
export const RULES: Readonly<Record<Exclude<Trusted, 'networks' | 'environment' | 'build'>, Rule>> =
  {
    privileged: { gives: 'all rights over this machine', isHarmless: oneOf(false) },
    volumes: { gives: 'files of this machine', isHarmless: never },
    devices: { gives: 'devices of this machine', isHarmless: never },
    device_cgroup_rules: { gives: 'devices of this machine', isHarmless: never },
    cap_add: {
      gives: `capabilities other than ${CAPABILITIES.join(' and ')}`,
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
    cgroup_parent: { gives: 'the limits of another control group', isHarmless: never },
    network_mode: {
      gives: 'a network of this machine',
      isHarmless: (value) => !namesHost(value),
      isPossible: isHost,
    },
    runtime: { gives: 'another container runtime', isHarmless: never },
    security_opt: { gives: 'fewer limits than the engine sets', isHarmless: isTightening },
    sysctls: {
      gives: 'sysctls outside its network',
      isHarmless: (value) => /^net\./.test(`${value}`),
    },
    ulimits: { gives: "other resource limits than the engine's", isHarmless: never },
    oom_score_adj: { gives: 'precedence over other processes', isHarmless: never },
  }

/** Always refused: the reason and the remedy. */
export const NEVER: Readonly<Record<string, string>> = {
  volumes_from: 'refers to another service, which does not run here: remove it',
  env_file: 'reads another file: write its variables under environment',
  extends: 'reads another service: write its keys here',
  secrets: 'hands files of this machine to the container: copy test data into the image',
  configs: 'hands files of this machine to the container: copy them into the image',
}
