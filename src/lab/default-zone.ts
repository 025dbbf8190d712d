/** Zones of a platform or a scenario → the lab in which they are. */
import type { LabPlan } from './lab.ts'
import type { Zone } from './zone.ts'

/** Everything that is no project's lies behind the Internet's link. */
export const behindDefault = (zones: readonly Zone[]): LabPlan => ({
  zones: zones.map((zone) => ({
    ...zone,
    ...(zone.kind === 'internet' ? { isDefault: true } : {}),
  })),
  forwarding: true,
  sysctls: {},
})
