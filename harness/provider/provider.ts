/** Where firewalls live that are not put into namespaces of the labs' own: one interface for all of them. */

import type { Target } from '../../src/firewall/target.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { LabNetns } from '../contract/lab.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** Rooms for labs, for as long as a command runs. */
export interface Provider {
  /** Labs in it must take turns. */
  readonly oneAtATime: boolean
  /** Rulesets are loaded into it; else it has its own. */
  readonly isLoaded: boolean
  /** Version of the nft that loads rulesets there, where that is not this machine's. */
  readonly nft?: string
  /** What it was, for the result: `netns:r1`, `image:appliance (nft 1.0.6)`. */
  readonly name: string
  /** Process whose user namespace the sandbox must be in, where that is not root's. */
  readonly userNamespaceOf?: number
  /** The sandbox that labs will be in: before the first room is taken. */
  begin(sandbox: Sandbox): void
  attach(): Promise<Attachment>
  /** Ends what somebody waits for in there; it is left as always. */
  interrupt(): void
  /** Everything as it was before; the sandbox has ended. Throws EnvironmentError where it is not. */
  leave(): Promise<void>
}

/** Room for one lab. */
export interface Attachment {
  readonly netns: LabNetns
  /** Resolves once the wire is plugged in and the firewall's own rules are set. */
  ready(): Promise<void>
  /** Why there is no firewall in it any more; undefined while there is. */
  ended(): Promise<Error | undefined>
  leave(): Promise<void>
}

export interface ProviderOptions {
  readonly target: Target
  readonly isLoaded: boolean
  /** Of every lab that will be in it. */
  readonly zones: readonly LabZone[]
  /** Whether the sandbox is to be without root. */
  readonly rootless: boolean
  /** What compose files and Dockerfiles are trusted with. */
  readonly trust: Trust
}

/** What one firewall needs; the rest is the command's. */
export type WantedProvider = Omit<ProviderOptions, 'rootless' | 'trust'>
