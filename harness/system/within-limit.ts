/** Time limits of what is asked over a socket: an engine that hangs accepts the question and never answers. */
import { EnvironmentError } from './errors.ts'
import { TIME_LIMITS, timeLimitMs } from './time-limits.ts'

/** `name` says whose limit it is. Throws EnvironmentError where the answer does not come in time. */
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
    `${name} did not end within ${seconds} s: look whether the engine still works (docker info), and restart it; where it only needs more time, set ${TIME_LIMITS}="${name}=${Math.ceil(seconds * 5)}"`,
  )
}
