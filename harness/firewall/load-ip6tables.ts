/** Loads output of ip6tables-save. */
import { savedLoader } from './restore.ts'

export const loader = savedLoader('ip6tables')
