/** Labs in rooms: opened, made ready, and left. */
import type { LabSpec, Sabotage } from '../lab/contract.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import type { Housing } from './housing.ts'

/** A lab of the sandbox's own, or one in a room, which is left when it is closed. */
export async function openLab(
  sandbox: Sandbox,
  housing: Housing | undefined,
  spec: LabSpec,
  sabotage?: Sabotage,
): Promise<Lab> {
  if (!housing) return sandbox.openLab(spec, sabotage)
  const room = await housing.room()
  try {
    const lab = await sandbox.openLab({ ...spec, place: room.place }, sabotage)
    await room.ready()
    return { ...lab, close: () => lab.close().finally(() => room.leave()) }
  } catch (error) {
    await room.leave()
    throw error
  }
}

/** Whether the rules under test were there before the lab was. */
export const hasOwnRules = (housing: Housing | undefined): boolean =>
  housing !== undefined && !housing.isLoaded
