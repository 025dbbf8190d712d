/** The zod schema of the hosts that a policy file defines. */
import { z } from 'zod'
import { organizationId } from './schema-parts.ts'

/** Zone names are those of lab files. Host names follow the same rules. */
export const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/

const hostShape = (address: string) => ({
  zone: z.string(),
  addresses: z.array(z.string().describe(address)).min(1).max(2),
})

export const hostsSchema = (address: string) =>
  z.record(z.string(), z.strictObject(hostShape(address)))

/** Hosts that may have grants: a request names the host as its project. */
export const grantableHostsSchema = (address: string) =>
  z.record(
    z.string(),
    z.strictObject({
      ...hostShape(address),
      organization: organizationId
        .optional()
        .describe('The owner; requests of the host must name the same'),
    }),
  )

export type HostsFile = z.infer<ReturnType<typeof grantableHostsSchema>>
