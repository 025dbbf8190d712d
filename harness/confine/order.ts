/** The order for a process that confines itself. It crosses as JSON. */

export interface Order {
  /** The folder of the script on the machine. The script sees the files beside it. */
  readonly folder: string
  /** The script's own name in it. */
  readonly name: string
  readonly text: string
  readonly interpreter: readonly string[]
  /** Variables besides those that every script gets. */
  readonly environment: Readonly<Record<string, string>>
}

/** The descriptor from which the order is read, and to which an error is written. */
export const ORDER_FD = 3
