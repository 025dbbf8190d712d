// Messages quote names and texts from files: nothing in them may steer a terminal.
const STEERING = /[^\P{Cc}\n\t]|\p{Cf}/gu

/** Text of several lines, made harmless for a terminal. */
export function harmless(text: string): string {
  return text.replace(STEERING, '�')
}
