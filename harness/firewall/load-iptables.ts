/** Loads output of iptables-save. */
import { savedLoader } from './restore.ts'

export const loader = savedLoader('iptables')
