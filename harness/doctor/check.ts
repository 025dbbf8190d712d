/** What the doctor says of one thing that `run` needs. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'missing'
  readonly found: string
  /** What to do; absent where nothing needs doing. */
  readonly remedy?: string
}
