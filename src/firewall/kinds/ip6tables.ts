/** Output of ip6tables-save. */
import { savedKind } from './saved.ts'

export const kind = savedKind('ip6tables')
