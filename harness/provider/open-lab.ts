/** Labs in rooms: opened, made ready, and left. */
import type { FaultInjection, LabSpec } from '../contract/lab.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import type { Attachment, Provider } from './provider.ts'

/** A lab of the sandbox's own, or one in a room, which is left when it is closed. */
export async function openLab(
  sandbox: Pick<Sandbox, 'openLab'>,
  provider: Provider | undefined,
  spec: LabSpec,
  faults?: FaultInjection,
): Promise<Lab> {
  if (!provider) return sandbox.openLab(spec, faults)
  const attachment = await provider.attach()
  try {
    const lab = await sandbox.openLab({ ...spec, netns: attachment.netns }, faults)
    await attachment.ready()
    return { ...lab, close: () => closed(lab, attachment) }
  } catch (error) {
    // Whatever went wrong went wrong because of that.
    const ended = await attachment.ended().catch(() => undefined)
    await attachment.leave()
    throw ended ?? error
  }
}

/** What was seen of a firewall that has ended meanwhile is nothing to rely on. */
async function closed(lab: Lab, attachment: Attachment): Promise<void> {
  try {
    const ended = await attachment.ended()
    const closing = lab.close()
    // What becomes of the lab of one that has ended is of no interest beside that.
    await (ended ? closing.catch(() => {}) : closing)
    // It was there when it was opened: no input is wrong.
    if (ended) throw new EnvironmentError(ended.message, { cause: ended })
  } finally {
    await attachment.leave()
  }
}

/** Whether the rules under test were there before the lab was. */
export const hasOwnRules = (provider: Provider | undefined): boolean =>
  provider !== undefined && !provider.isLoaded

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
