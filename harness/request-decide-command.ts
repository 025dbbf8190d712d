export function decideCommand(_file: string, _verb: string, _flags: unknown): number {
  return 0
}
