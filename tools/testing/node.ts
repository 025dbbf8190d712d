/** Which Node runs the tests: they start the command from its TypeScript, which an older one cannot read. */

const OLDEST = [22, 18] as const

/** Why this version is refused, in one line; undefined where it is new enough. */
export function oldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined
  return `vitest: Node ${version} cannot run TypeScript: use npm test, or node_modules/.bin/node node_modules/vitest/vitest.mjs`
}
