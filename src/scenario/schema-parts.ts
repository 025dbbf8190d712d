/** What the files of both kinds of scenarios have in common. */
import { z } from 'zod'

export const atSchema = z.iso
  .date('must be a day like 2026-06-15')
  .optional()
  .describe('The date on which grants are evaluated; absent: today (UTC)')
