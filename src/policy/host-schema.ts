/** The zod schema of the hosts that a policy file defines. */
import { z } from 'zod'

/** Zone names are those of lab files. Host names follow the same rules. */
export const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/

export const hostsSchema = (address: string) =>
  z.record(
    z.string(),
    z.strictObject({
      zone: z.string(),
      addresses: z.array(z.string().describe(address)).min(1).max(2),
    }),
  )

export type HostsFile = z.infer<ReturnType<typeof hostsSchema>>
