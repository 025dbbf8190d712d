/** Output of iptables-save. */
import { savedKind } from './saved.ts'

export const kind = savedKind('iptables')
