/**
 * Time limits for requests over a socket: an engine that hangs accepts the request and never
 * answers.
 */
import { EnvironmentError } from './errors.ts'
import { TIME_LIMITS, timeLimitMs } from './time-limits.ts'

/** `name` identifies the limit. Throws EnvironmentError if the answer does not come in time. */
export async function withinLimit<T>(
  name: string,
  work: Promise<T>,
  timeoutMs = timeLimitMs(name),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(name, timeoutMs)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function tooLate(name: string, timeoutMs: number): EnvironmentError {
  const seconds = timeoutMs / 1000
  return new EnvironmentError(
    `${name} did not end within ${seconds} s: check whether the engine still works (docker info), and restart it. If it only needs more time, set ${TIME_LIMITS}="${name}=${Math.ceil(seconds * 5)}"`,
  )
}
