/** Opens labs with their attachments, and closes them. */
import type { FaultInjection, LabSpec } from '../contract/lab.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import type { Attachment, Provider } from './provider.ts'

/** A lab of the sandbox, or one with an attachment, which is released when the lab is closed. */
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
    // If the firewall has ended, this is the cause of any other error.
    const ended = await attachment.ended().catch(() => undefined)
    await attachment.leave()
    throw ended ?? error
  }
}

/** An observation of a firewall that ended in the meantime is not reliable. */
async function closed(lab: Lab, attachment: Attachment): Promise<void> {
  try {
    const ended = await attachment.ended()
    const closing = lab.close()
    // If the firewall has ended, errors while its lab is closed do not matter.
    await (ended ? closing.catch(() => {}) : closing)
    // It was there when it was opened: no input is wrong.
    if (ended) throw new EnvironmentError(ended.message, { cause: ended })
  } finally {
    await attachment.leave()
  }
}

/** Whether the rules under test existed before the lab. */
export const hasOwnRules = (provider: Provider | undefined): boolean =>
  provider !== undefined && !provider.isLoaded

/**
 * Closes the lab after the work, also after a failure, so that another one gets its place. The
 * closing of an attached lab is awaited, because it shows whether the firewall ended during the
 * measurement.
 */
export async function inLab<T>(
  lab: Lab,
  isAwaited: boolean,
  work: (lab: Lab) => Promise<T>,
): Promise<T> {
  try {
    return await work(lab)
  } finally {
    // Other labs are not awaited. The end of the sandbox removes them anyway.
    const closed = lab.close()
    closed.catch(() => {})
    if (isAwaited) await closed
  }
}
