/** What the files of both kinds of scenarios have in common. */
import { z } from 'zod'

export const revokeSchema = z
  .array(z.string())
  .min(1)
  .optional()
  .describe('Requests whose grants are revoked while flows that they opened are established')

export const atSchema = z.iso
  .date('must be a day like 2026-06-15')
  .optional()
  .describe('The date on which grants are evaluated; absent: today (UTC)')
