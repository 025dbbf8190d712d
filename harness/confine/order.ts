/** What a process that confines itself is told. It crosses as JSON. */

export interface Order {
  /** Folder of the script on the machine; what is beside the script is seen. */
  readonly folder: string
  /** The script's own name in it. */
  readonly name: string
  readonly text: string
  readonly interpreter: readonly string[]
  /** Variables beyond those that every script has. */
  readonly environment: Readonly<Record<string, string>>
}

/** The descriptor from which the order is read, and to which is written why it could not be done. */
export const ORDER_FD = 3
