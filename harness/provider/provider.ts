/**
 * Where the namespace of a firewall comes from, if it is not a new one: one interface for all
 * kinds.
 */

import type { Target } from '../../src/firewall/target.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { LabNetns } from '../contract/lab.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** A source of attachments for labs, for the duration of a command. */
export interface Provider {
  /** Only one lab at a time can use it. */
  readonly oneAtATime: boolean
  /** Rulesets are loaded into it. Otherwise it has its own rules. */
  readonly isLoaded: boolean
  /** The version of nft that loads rulesets there, if it is not this machine's. */
  readonly nft?: string
  /** Its name in results: `netns:r1`, `image:appliance (nft 1.0.6)`. */
  readonly name: string
  /** The process whose user namespace the sandbox must enter, if it is not root's. */
  readonly userNamespaceOf?: number
  /** Sets the sandbox of the labs, before the first attachment. */
  begin(sandbox: Sandbox): void
  attach(): Promise<Attachment>
  /** Ends everything that waits in there. It must still be closed. */
  interrupt(): void
  /**
   * Restores the state before the run. The sandbox must have ended. Throws EnvironmentError if the
   * state differs.
   */
  leave(): Promise<void>
}

/** The attachment of one lab. */
export interface Attachment {
  readonly netns: LabNetns
  /** Resolves when the wire is attached and the firewall's own rules are set. */
  ready(): Promise<void>
  /** Why it has no firewall any more. Undefined while it has one. */
  ended(): Promise<Error | undefined>
  leave(): Promise<void>
}

export interface ProviderOptions {
  readonly target: Target
  readonly isLoaded: boolean
  /** The links of every lab that will use it. */
  readonly zones: readonly LabZone[]
  /** Whether the sandbox runs without root. */
  readonly rootless: boolean
  /** The keys for which compose files and Dockerfiles are trusted. */
  readonly trust: Trust
}

/** The options of one firewall. The other options are the command's. */
export type WantedProvider = Omit<ProviderOptions, 'rootless' | 'trust'>
