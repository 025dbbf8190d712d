/** The doctor's finding about one requirement of `run`. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'missing'
  readonly found: string
  /** The remedy. Absent if nothing is needed. */
  readonly remedy?: string
}
