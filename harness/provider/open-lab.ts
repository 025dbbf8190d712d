/** Labs in rooms: opened, made ready, and left. */
import type { LabSpec, Sabotage } from '../contract/lab.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import type { Housing, Room } from './provider.ts'

/** A lab of the sandbox's own, or one in a room, which is left when it is closed. */
export async function openLab(
  sandbox: Pick<Sandbox, 'openLab'>,
  housing: Housing | undefined,
  spec: LabSpec,
  sabotage?: Sabotage,
): Promise<Lab> {
  if (!housing) return sandbox.openLab(spec, sabotage)
  const room = await housing.room()
  try {
    const lab = await sandbox.openLab({ ...spec, place: room.place }, sabotage)
    await room.ready()
    return { ...lab, close: () => closed(lab, room) }
  } catch (error) {
    // Whatever went wrong went wrong because of that.
    const ended = await room.ended().catch(() => undefined)
    await room.leave()
    throw ended ?? error
  }
}

/** What was seen of a firewall that has ended meanwhile is nothing to rely on. */
async function closed(lab: Lab, room: Room): Promise<void> {
  try {
    const ended = await room.ended()
    const closing = lab.close()
    // What becomes of the lab of one that has ended is of no interest beside that.
    await (ended ? closing.catch(() => {}) : closing)
    if (ended) throw ended
  } finally {
    await room.leave()
  }
}

/** Whether the rules under test were there before the lab was. */
export const hasOwnRules = (housing: Housing | undefined): boolean =>
  housing !== undefined && !housing.isLoaded

/**
 * The lab is closed whatever comes of the work, so that another one finds room.
 * Whether the closing is waited for: what a firewall that has ended has shown is
 * nothing to rely on, and only the closing tells.
 */
export async function inLab<T>(
  lab: Lab,
  isAwaited: boolean,
  work: (lab: Lab) => Promise<T>,
): Promise<T> {
  try {
    return await work(lab)
  } finally {
    // Else nothing waits for the lab to be taken apart; the sandbox's end does it anyway.
    const closed = lab.close()
    closed.catch(() => {})
    if (isAwaited) await closed
  }
}
